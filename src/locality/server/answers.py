"""What the lab answers: JSON, arrays as bytes, and refusals as one sentence with a status."""

import base64
import json
import os
from collections.abc import AsyncIterator
from math import isfinite, isnan
from typing import Any

from starlette.responses import Response, StreamingResponse

from locality.errors import LocalityError, UnknownNameError

_CHUNK = 1 << 20  # bytes sent at a time: a slow reader holds no more than that beside the array itself


class Refused(LocalityError):
    """What the lab does not do, with the status that HTTP has for it."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def answer(value: Any, status: int = 200) -> Response:
    """JSON that any program can read: no NaN in it."""
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    return Response(text, status, media_type="application/json")


def refusal(error: Exception) -> Response:
    """The sentence of an error, with its status; never a traceback."""
    if isinstance(error, Refused):
        return answer({"error": str(error)}, error.status)
    if isinstance(error, LocalityError):
        return answer({"error": str(error)}, 404 if isinstance(error, UnknownNameError) else 400)
    if isinstance(error, MemoryError) or "can't allocate memory" in str(error):
        return answer({"error": "There is not enough memory for this. Open a smaller network or picture."}, 507)
    if isinstance(error, OSError) and error.strerror:
        said = f"{error.filename or 'a file'}: {error.strerror}. Make room there, or mend its permissions."
        return answer({"error": said}, 500)
    if os.environ.get("LOCALITY_TRACEBACK"):
        raise error
    said = f"{type(error).__name__}: {str(error).strip()}. This is a bug in locality: please report it."
    return answer({"error": said}, 500)


def array_answer(array: Any) -> Response:
    """A numpy array as little-endian bytes, row by row."""
    content = memoryview(_little(array).tobytes())

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(content), _CHUNK):
            yield bytes(content[start : start + _CHUNK])

    headers = {"Content-Length": str(len(content))}
    return StreamingResponse(chunks(), headers=headers, media_type="application/octet-stream")


def array_in_json(array: Any) -> dict[str, Any]:
    """A numpy array inside JSON: bits as they are, so that NaN, infinity and the last digit survive."""
    content = base64.b64encode(_little(array).tobytes()).decode()
    return {"shape": list(array.shape), "dtype": str(array.dtype), "base64": content}


def number_in_json(value: float) -> float | str:
    """A number inside JSON; NaN and infinity as the words JavaScript has for them."""
    if isfinite(value):
        return value
    return "NaN" if isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _little(array: Any) -> Any:
    return array.astype(array.dtype.newbyteorder("<"), copy=False)
