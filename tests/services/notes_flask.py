"""Notes, on Flask and SQLAlchemy's core, as somebody else might have written them."""

import os

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy import create_engine, text

engine = create_engine(os.environ["NOTES_DB"], pool_pre_ping=os.environ.get("PING") != "off")
app = Flask(__name__)

with engine.begin() as setup:
    # Both services create it, whichever comes first.
    setup.execute(text("SELECT pg_advisory_xact_lock(1)"))
    setup.execute(text("CREATE TABLE IF NOT EXISTS notes (id serial PRIMARY KEY, body text)"))


@app.get("/ping")
def ping() -> str:
    return "pong"


@app.get("/notes")
def show() -> ResponseReturnValue:
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT id, body FROM notes ORDER BY id DESC LIMIT 5"))
        return jsonify([dict(row) for row in rows.mappings()])


@app.post("/notes")
def add() -> ResponseReturnValue:
    with engine.begin() as connection:
        body = request.get_json()["body"]
        connection.execute(text("INSERT INTO notes (body) VALUES (:body)"), {"body": body})
    return "", 204
