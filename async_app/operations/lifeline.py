"""What a worker and its supervisor say to each other, over a pair of sockets.

The worker writes `READY` when it serves and then `BEAT`, as long as its event loop comes round; it
stops when it reads the end, which is the supervisor's.
"""

READY = b"R"
BEAT = b"."
BEAT_EVERY_S = 1.0
