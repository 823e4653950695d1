"""The questions people and services ask, and their answers: one code behind the command line and the HTTP API."""

from api.answers.ask import Ask
from api.answers.corrections import merge, override, split
from api.answers.entities import entity, relationships
from api.answers.feed import changes, decide, recommendations, records, runs
from api.answers.jobs import job, jobs, start, stop
from api.answers.map import ego_map
from api.answers.models import check_models, compare, decide_model, model, models
from api.answers.paths import lacks, paths
from api.answers.scores import explain, scores
from api.answers.search import search
from api.answers.weekly import refresh_suggestions, top, why_not

__all__ = [
    "Ask",
    "changes",
    "check_models",
    "compare",
    "decide",
    "decide_model",
    "ego_map",
    "entity",
    "explain",
    "job",
    "jobs",
    "lacks",
    "merge",
    "model",
    "models",
    "override",
    "paths",
    "recommendations",
    "records",
    "refresh_suggestions",
    "relationships",
    "runs",
    "scores",
    "search",
    "split",
    "start",
    "stop",
    "top",
    "why_not",
]
