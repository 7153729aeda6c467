"""Products, customers and their orders.

What must always hold: *stock at the start = stock + the quantities in all order lines*.
"""

from datetime import UTC
from typing import Any

from sqlalchemy.ext.orderinglist import ordering_list

from .database import db


class Customer(db.Model):
    __tablename__ = "customers"

    id = db.Column(db.Integer, primary_key=True)
    email = db.Column(db.String(254), nullable=False, unique=True)
    password_hash = db.Column(db.String(255), nullable=False)

    def to_dict(self) -> dict[str, Any]:
        return {"id": self.id, "email": self.email}


class Product(db.Model):
    __tablename__ = "products"
    __table_args__ = (db.CheckConstraint("stock >= 0", name="stock_not_negative"),)

    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(100), nullable=False)
    price_cents = db.Column(db.Integer, nullable=False)
    stock = db.Column(db.Integer, nullable=False)

    def to_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "price_cents": self.price_cents,
            "stock": self.stock,
        }


class Order(db.Model):
    __tablename__ = "orders"

    id = db.Column(db.Integer, primary_key=True)
    customer_id = db.Column(db.Integer, db.ForeignKey("customers.id"), nullable=False, index=True)
    reference = db.Column(db.String(64))
    created_at = db.Column(db.DateTime(timezone=True), nullable=False, server_default=db.func.now())

    lines = db.relationship(
        "OrderLine",
        order_by="OrderLine.position",
        collection_class=ordering_list("position", count_from=1),
        cascade="all, delete-orphan",
        back_populates="order",
    )

    def to_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "reference": self.reference,
            "created_at": self.created_at.astimezone(UTC).isoformat(),
            "total_cents": sum(line.quantity * line.price_cents for line in self.lines),
            "lines": [line.to_dict() for line in self.lines],
        }


class OrderLine(db.Model):
    __tablename__ = "order_lines"
    __table_args__ = (
        db.UniqueConstraint("order_id", "position"),
        db.CheckConstraint("quantity > 0", name="quantity_positive"),
    )

    id = db.Column(db.Integer, primary_key=True)
    order_id = db.Column(db.Integer, db.ForeignKey("orders.id"), nullable=False)
    product_id = db.Column(db.Integer, db.ForeignKey("products.id"), nullable=False)
    position = db.Column(db.Integer, nullable=False)
    quantity = db.Column(db.Integer, nullable=False)
    price_cents = db.Column(db.Integer, nullable=False)

    order = db.relationship("Order", back_populates="lines")
    product = db.relationship("Product")

    def to_dict(self) -> dict[str, Any]:
        return {
            "position": self.position,
            "product": {"id": self.product.id, "name": self.product.name},
            "quantity": self.quantity,
            "price_cents": self.price_cents,
        }


class IdempotencyKey(db.Model):
    """The answer that was given to a request, kept for its repetitions."""

    __tablename__ = "idempotency_keys"

    customer_id = db.Column(db.Integer, db.ForeignKey("customers.id"), primary_key=True)
    key = db.Column(db.String(255), primary_key=True)
    fingerprint = db.Column(db.String(64), nullable=False)
    status = db.Column(db.Integer, nullable=False)
    body = db.Column(db.JSON, nullable=False)
