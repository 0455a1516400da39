"""The queues over SQL: who waits, who answers, what is rung. Any controller may act; see acting.py."""

from controller.store.queues.desk import Desk, NoSuchPerson, NoSuchQueue
from controller.store.queues.queues import SqlQueues

__all__ = ["Desk", "NoSuchPerson", "NoSuchQueue", "SqlQueues"]
