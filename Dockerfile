# One image for the API, the workers and the beat: `docker compose build`. Every dependency is
# a wheel whose hash is in requirements/server.lock, and the final stage has neither pip nor a compiler.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
RUN python -m venv /opt/graphsvc
# Dependencies before the source: this layer is made anew only when the lock changes.
COPY requirements/server.lock requirements/
RUN /opt/graphsvc/bin/python -m pip install --require-hashes --only-binary=:all: -r requirements/server.lock
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY graphsvc graphsvc/
COPY ingest ingest/
COPY algorithms algorithms/
COPY queries queries/
COPY api api/
RUN /opt/graphsvc/bin/python -m pip install --no-deps --no-build-isolation . \
    && /opt/graphsvc/bin/python -m pip check \
    && /opt/graphsvc/bin/python -m pip uninstall --yes hatchling editables setuptools pip
COPY deploy/alive.py /opt/graphsvc/alive.py
# Loops compiled once; on another kind of processor they are compiled again when the server starts.
RUN NUMBA_CACHE_DIR=/opt/numba /opt/graphsvc/bin/python -m graphsvc.warming

FROM ${PYTHON_IMAGE}
RUN python -m pip uninstall --yes --root-user-action=ignore wheel setuptools pip \
    && groupadd --system --gid 10001 graphsvc \
    && useradd --system --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin graphsvc \
    && install --directory --owner=10001 --group=10001 --mode=0700 /data
COPY --from=build /opt/graphsvc /opt/graphsvc
COPY --from=build --chown=10001:10001 /opt/numba /opt/numba
COPY LICENSE NOTICE /usr/share/doc/graphsvc/
ENV NUMBA_CACHE_DIR=/opt/numba \
    PATH=/opt/graphsvc/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    OPENBLAS_NUM_THREADS=1 \
    GRAPHSVC_DATABASE_URL=sqlite:////data/graphsvc.db
WORKDIR /data
VOLUME /data
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=10s --start-period=60s --retries=4 CMD ["python", "/opt/graphsvc/alive.py", "api"]
ENTRYPOINT ["graphsvc"]
CMD ["serve", "--host", "0.0.0.0"]
