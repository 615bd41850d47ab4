"""What Schemathesis cannot know: a fault of the server comes as HTTP 200 with a code of its own."""

import schemathesis

OWN_FAULTS = 50_000

@schemathesis.check
def not_the_servers_fault(context, response, case):
    kind = response.headers.get("content-type", [""])[0]
    if not kind.startswith("application/json"):
        return
    answer = response.json()
    if isinstance(answer, dict) and answer.get("code", 0) >= OWN_FAULTS:
        raise AssertionError(f"the server is to blame: {answer}")
