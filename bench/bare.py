"""What a request can cost at least: a bare FastAPI route that returns the JSON of one small field."""

import uvicorn
from fastapi import FastAPI

app = FastAPI(openapi_url=None)


@app.post("/graphql")
async def answer() -> dict[str, dict[str, str]]:
    """The same as ``{ __typename }`` is answered with."""
    return {"data": {"__typename": "Query"}}


if __name__ == "__main__":
    config = uvicorn.Config(app, port=0, loop="uvloop", http="httptools", access_log=False, log_level="info")
    uvicorn.Server(config).run()
