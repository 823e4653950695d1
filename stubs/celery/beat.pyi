from typing import Any

from celery import Celery

class Scheduler:
    app: Celery
    def setup_schedule(self) -> None: ...
    def tick(self, *args: Any, **kwargs: Any) -> float: ...
