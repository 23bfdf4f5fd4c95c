"""Tries again what may pass."""

import random
import time


def retry(action, attempts=5, first_seconds=0.5, most_seconds=30.0):
    for attempt in range(attempts):
        try:
            return action()
        except ConnectionError:
            if attempt == attempts - 1:
                raise
            time.sleep(min(most_seconds, first_seconds * 2**attempt) * random.uniform(0.5, 1.0))
