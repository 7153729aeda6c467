"""The same notes, on Quart and a pool of asyncpg's own, without SQLAlchemy."""

import os
from typing import Any

import asyncpg
from quart import Quart, request

app = Quart(__name__)
pool: Any = None


@app.before_serving
async def start() -> None:
    global pool  # noqa: PLW0603 -- thirty lines need no composition root
    pool = await asyncpg.create_pool(os.environ["NOTES_DB"], min_size=1, max_size=10)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(1)")
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS notes (id serial PRIMARY KEY, body text)"
        )


@app.get("/ping")
async def ping() -> str:
    return "pong"


@app.get("/notes")
async def show() -> list[dict[str, Any]]:
    rows = await pool.fetch("SELECT id, body FROM notes ORDER BY id DESC LIMIT 5")
    return [dict(row) for row in rows]


@app.post("/notes")
async def add() -> tuple[str, int]:
    body = (await request.get_json())["body"]
    await pool.execute("INSERT INTO notes (body) VALUES ($1)", body)
    return "", 204
