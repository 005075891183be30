# Two stages: the libraries are installed in the first, with hashes; the second has neither compilers nor caches.
# Checked by hadolint and by tests/test_packaging.py.
FROM python:3.11-slim-bookworm AS libraries
WORKDIR /app
RUN python -m venv /venv
COPY requirements.txt ./
RUN /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt

FROM python:3.11-slim-bookworm
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 FENGSUI_DATA=/data FENGSUI_WEB__HOST=0.0.0.0
# A Chinese font for PDF reports. Debian keeps one version of a package: a pinned one is gone with its next correction.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends fonts-wqy-microhei && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --user-group --no-create-home fengsui && install -d -o fengsui -g fengsui /data
WORKDIR /app
COPY --from=libraries /venv /venv
COPY . .
RUN python tools/link.py && python -m compileall -q actions bot knowledge nlu
USER 10001:10001
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["fengsui"]
CMD ["up"]
