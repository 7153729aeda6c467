"""What may stand between a service and its database."""
