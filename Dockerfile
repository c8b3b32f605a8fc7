# One image for both processes: the web server by default, the worker with `python -m app.worker`.
FROM python:3.12-slim-bookworm

# Noto covers the Indian scripts that a trader's name may be written in.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends fonts-noto-core \
    && rm -rf /var/lib/apt/lists/*

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /srv/udgam

COPY requirements.txt .
RUN pip install --require-hashes --requirement requirements.txt

COPY . .
RUN pybabel compile --directory translations --statistics \
    && python -m compileall -q app config.py run.py \
    && useradd --system --uid 10001 --create-home udgam \
    && install --directory --owner=udgam --group=udgam --mode=0700 /data

USER udgam
ENV UDGAM_HOME=/data PORT=8080
VOLUME /data
EXPOSE 8080

# One web process with threads; more machines, not more processes, share the database and Redis.
CMD ["sh", "-c", "python -m flask --app app udgam init && exec gunicorn 'app:create_app()' --bind 0.0.0.0:${PORT} --workers ${WEB_PROCESSES:-1} --threads 8 --worker-class gthread --graceful-timeout 20 --no-control-socket"]
