"""A team's own services, with the lab's proxy before their database."""
