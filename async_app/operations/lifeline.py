"""What a worker and its supervisor say to each other, over a pair of sockets.

The worker writes `READY` when its application has started and then `BEAT`, as long as its event
loop comes round. It stops when it reads the end, which is the supervisor's; and when it reads
`LEAVE`, then without telling the load balancer, since others serve on the same socket.
"""

READY = b"R"
BEAT = b"."
LEAVE = b"L"
BEAT_EVERY_S = 1.0
