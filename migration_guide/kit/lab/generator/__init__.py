"""A process that asks a service: many clients, in a closed or an open loop.

In a closed loop each client waits for its answer before it asks again, which shows what a service
can serve at most. It also asks less the slower the answers come, and so misses what happens to
clients meanwhile ("coordinated omission"). In an open loop each request is sent when it is due,
whatever became of those before it, and counts from then on.
"""
