#!/usr/bin/env python3
"""A worker of Schelly's built-in `conductor`: makes and removes archives of a folder, with nothing but Python 3.

Environment: CONDUCTOR_API_URL, SOURCE (the folder), STORE (where the archives are; each line of STORE/ledger says what was
done). `workerConfig` may be JSON with another "source". Start as many as you like, on as many machines as see the folder.
"""
import json, os, socket, subprocess, tempfile, threading, time, urllib.request

API = os.environ["CONDUCTOR_API_URL"].rstrip("/")
SOURCE, STORE = os.environ["SOURCE"], os.environ["STORE"]
WORKER = f"{socket.gethostname()}-{os.getpid()}"


def call(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(API + path, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        text = answer.read().decode()
    return json.loads(text) if text.startswith(("{", "[")) else None


def answer(task, what):
    ids = {"workflowInstanceId": task["workflowInstanceId"], "taskId": task["taskId"], "workerId": WORKER}
    call("POST", "/tasks", {**ids, **what})


def note(what, data_id):
    with open(f"{STORE}/ledger", "a") as ledger:
        ledger.write(f"{what} {data_id}\n")


def backup(task, data_id, stop):
    if task.get("pollCount", 1) > 1:
        raise RuntimeError("the worker that was at it before has stopped in the middle")
    config = json.loads(task["inputData"].get("workerConfig") or "{}")
    part, archive = f"{STORE}/{data_id}.tgz.part", f"{STORE}/{data_id}.tgz"
    argv = ["tar", "-czf", part, "-C", config.get("source", SOURCE), "."]
    with tempfile.TemporaryFile("w+") as said:
        tar = subprocess.Popen(argv, stderr=said)
        while tar.poll() is None:
            if stop.wait(0.1):
                tar.kill()
        said.seek(0)
        if tar.returncode != 0:
            raise RuntimeError(said.read().strip()[-500:] or f"tar ended with {tar.returncode}")
    os.replace(part, archive)
    note("made", data_id)
    return {"dataId": data_id, "dataSizeMB": os.path.getsize(archive) / 1_000_000}


def remove(task, data_id, stop):
    for path in (f"{STORE}/{data_id}.tgz", f"{STORE}/{data_id}.tgz.part"):
        if os.path.exists(path):
            os.remove(path)
    note("removed", data_id)
    return {}


def look_after(task, stop, over):
    """Says every 20 s that the work goes on, and ends it where the workflow is over: Conductor does not tell."""
    looks = 0
    while not over.wait(5):
        looks += 1
        try:
            if looks % 4 == 0:
                answer(task, {"status": "IN_PROGRESS", "extendLease": True})
            workflow = call("GET", f"/workflow/{task['workflowInstanceId']}?includeTasks=false")
            if workflow["status"] not in ("RUNNING", "PAUSED"):
                stop.set()
        except (OSError, ValueError):
            pass


def work(task, does):
    # Named after the workflow: Schelly removes by that name also what never came to its end.
    data_id = os.path.basename(str(task["inputData"].get("dataId") or task["workflowInstanceId"]))
    stop, over = threading.Event(), threading.Event()
    looking = threading.Thread(target=look_after, args=(task, stop, over))
    looking.start()
    try:
        result = {"status": "COMPLETED", "outputData": does(task, data_id, stop)}
    except Exception as error:
        result = {"status": "FAILED", "reasonForIncompletion": str(error)}
    over.set()
    looking.join()
    for wait in (1, 2, 4, 8, 16, 32, 64, 128):  # Conductor may just be restarting: what was done must become known.
        try:
            return answer(task, result)
        except (OSError, ValueError) as error:
            print(f"cannot answer: {error}", flush=True)
            time.sleep(wait)


while True:
    idle = True
    for name, does in (("backup", backup), ("remove", remove)):
        try:
            task = call("GET", f"/tasks/poll/{name}?workerid={WORKER}")
        except (OSError, ValueError):
            task = None
        if task is not None:
            idle = False
            work(task, does)
    if idle:
        time.sleep(0.5)
