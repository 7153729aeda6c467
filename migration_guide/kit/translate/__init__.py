"""``port-kit translate``: what a psycopg2 configuration becomes on asyncpg."""
