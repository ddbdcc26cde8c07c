# The recorder as a sidecar: not root, and a root file system that may be read-only.
#   docker build -t replayer .
#   docker run --read-only --tmpfs /tmp --user 65532 -v captures:/captures -e REPLAYER_KEY --network host replayer
# Within a pod or a compose service, share the program's network namespace, so that the recorder stays on loopback:
#   docker run --network container:PROGRAM --read-only --tmpfs /tmp -v captures:/captures -e REPLAYER_KEY replayer
# This file was written where no docker engine was: the image has not been built.
FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE constraints.txt ./
COPY replayer replayer
RUN python -m venv /opt/replayer && /opt/replayer/bin/pip install --no-cache-dir -c constraints.txt '.[record]'

FROM python:3.13-slim
COPY --from=build /opt/replayer /opt/replayer
RUN install -d -o 65532 -g 65532 /captures
USER 65532:65532
ENV PATH=/opt/replayer/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
VOLUME /captures
EXPOSE 12113
STOPSIGNAL SIGTERM
HEALTHCHECK CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:12114/', timeout=2)"]
ENTRYPOINT ["replayer", "record", "--out", "/captures/capture", "--health", "127.0.0.1:12114"]
