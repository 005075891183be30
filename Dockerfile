# Two stages: the libraries are installed in the first, with hashes; the second has neither compilers nor caches.
FROM python:3.11-slim AS libraries
WORKDIR /app
RUN python -m venv /venv
COPY requirements.txt ./
RUN /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt

FROM python:3.11-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 FENGSUI_DATA=/data FENGSUI_WEB__HOST=0.0.0.0
# A Chinese font for PDF reports.
RUN apt-get update && apt-get install -y --no-install-recommends fonts-wqy-microhei && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --no-create-home fengsui && install -d -o fengsui -g fengsui /data
WORKDIR /app
COPY --from=libraries /venv /venv
COPY . .
RUN python tools/link.py && python -m compileall -q actions bot knowledge nlu
USER fengsui
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["fengsui"]
CMD ["up"]
