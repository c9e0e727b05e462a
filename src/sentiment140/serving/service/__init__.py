"""The HTTP service: an endpoint for batches of texts, a page to type tweets into, and what an operator needs.

`server` accepts connections, `guard` checks and records every request, `application` has the endpoints, `messages` the
content of requests and responses, and `scorer` shares the processor between the requests. Each phase of a request has a
time limit, and what it may cost is limited before it is scored.
"""
