"""What SQLAlchemy's own tests need to run against the dialect: the stock one's provisioning."""

from sqlalchemy.dialects.postgresql import provision  # noqa: F401
