# The command alone, without a shell's comforts: docker build -t trailwitness .
# A tag can be moved; --build-arg PYTHON_IMAGE=python@sha256:DIGEST pins what your registry holds.
ARG PYTHON_IMAGE=python:3.13.9-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /source
RUN python -m venv /opt/trailwitness
COPY requirements/install.txt requirements/
RUN /opt/trailwitness/bin/python -m pip install --require-hashes -r requirements/install.txt
COPY pyproject.toml README.md LICENSE ./
COPY trailwitness trailwitness
COPY scanner scanner
COPY reports reports
COPY rules rules
COPY frameworks frameworks
RUN /opt/trailwitness/bin/python -m pip install --no-deps --no-build-isolation . \
    && /opt/trailwitness/bin/python -m pip uninstall --yes hatchling pip

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="trailwitness" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --uid 10001 --user-group --create-home --shell /usr/sbin/nologin trailwitness
COPY --from=build /opt/trailwitness /opt/trailwitness
ENV PATH=/opt/trailwitness/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /work
ENTRYPOINT ["trailwitness"]
CMD ["--help"]
