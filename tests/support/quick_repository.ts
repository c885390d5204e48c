// Repositories of restic that open at once: `restic init` makes a key that takes half a second of a core to try, these
// have one that takes nothing. A test of a hundred commands would else wait a minute for passwords.

import { mkdir, writeFile } from "node:fs/promises";

/** Of both. */
export const QUICK_PASSWORD = "correct horse";

const QUICK = {
  first: {
    config:
      "PL3XIuH+P9AWwvDMu4/jo57Lu0rdjE3wKsOvcRAyXmz3R7BdwP8woVwBJC+3rOTDk3wEaLHo3EDreSfHk6FYgAaDheVIqBKj" +
      "HhkooucNKAf+RLr6oC5l41vJ6dL5DVFEgOFzMlbNml9Z9ZkpTVEu1y90dMqyXFaaQDVTR3zic6i1FPNrYcCgMoFiUFD8XhvG" +
      "V57MxAxZb9HvU+k=",
    keyName: "c11d5fcc453f774e70e69c4be0f3df2364eb28995a982f9e6b7309d92938587a",
    key: "eyJjcmVhdGVkIjoiMjAyNi0xMS0yN1QxMDoyODo1OS4xMTQyNjg1OFoiLCJ1c2VybmFtZSI6InJvb3QiLCJob3N0bmFtZSI6" +
      "Im1hZGUtZm9yLXRlc3RzIiwia2RmIjoic2NyeXB0IiwiTiI6MiwiciI6MSwicCI6MSwic2FsdCI6IlQ5SWgyQ2xrVlBmWlJZ" +
      "NHI1Z0I0S24yMUNUeXdYYUtkckRPL2ltem8vbVZ1d3dBNUsvR2s5VHp1c1FlbWhHOEltU1RrTFdYL2gzUDJ4WjRpeko5czZ3" +
      "PT0iLCJkYXRhIjoiSFlYRUdONUpleFBWSlIxNHpZbmdXTlhJeHROUTlPU2doditQOFVPVGFNM05TTUk4Z21ESWM1NDY2RDR4" +
      "aGI2MnZ6K0NCenhYMmpRTkVOVHRrMXJBMWppdUJKTlMrbjFMSE5xT0lHVm4rUE5idVNGNDBpcFJiNTA2YTFiVUgvbURmQWhp" +
      "aGN0QXBNWG51dTlENzFCYnd4UUZqbmROZ0lpbXdURjRCQkpWT0RlNHdWRTdJaVVqaXN1QUlHWmRLTkdNNHNjK3BNWE56cFNa" +
      "a0ZiQ3BTQnVRUT09In0=",
  },
  second: {
    config:
      "WCXZVOz6gBpmyCMPwKyM76/22lIehygEEspKQfrWLoU0bIjk2aAOBAKpgql+r6aWs8RSsuLaM/VaSmjHl/7j1mqmJ653yjK0" +
      "IAwxjPPf/p2Tjm4v2k933Etuknw5qvw2MQLfJrJjHm3Qg+Vjf4fvZ+lxwMQC7lY6kYTNmjiPpHt4OXZ92BfQzeIjaFbGh0mc" +
      "yMf6LfnJXIkaajg=",
    keyName: "cba6490c7ed9f049e11c6e8fa048c6be4866bf92f6a85eb257ef669baeef76a6",
    key: "eyJjcmVhdGVkIjoiMjAyNi0xMS0yN1QxMDoyOTowMi40MTA3MzQ1NjhaIiwidXNlcm5hbWUiOiJyb290IiwiaG9zdG5hbWUi" +
      "OiJtYWRlLWZvci10ZXN0cyIsImtkZiI6InNjcnlwdCIsIk4iOjIsInIiOjEsInAiOjEsInNhbHQiOiJNNE1IWkZjWFVzSmsz" +
      "VThMbCs4NnJ3NEZIenZocEtRWXRkeENtUzdTWW5UaEV1WTR5N0E3WHBCdnA5QnlXb3VOZGlxSERYcHNOdnBvWFo5VGwxWVBy" +
      "UT09IiwiZGF0YSI6IkxkMWI0aDJUcDM2RDE1RENjdkNvbzdmN3BZcjducUlVV3hjTEMzUEswT04vVjFMcXhKOC8yLzRyYjho" +
      "aWVYYVVTcDFEdFJBRWk0ajNVRlhuby9WSERlNmVmY0tJRVdveTRmKzVNWWJ3V0ZYRkFFMVE1SG9TQzMwenBJV0ZaNXh3eStW" +
      "ZXkzV0RFOTdBaDVObUdzMjZCNXdjSTJzRmxQc1YrNlUrVlpBem5rYzFEYkVXNmd4V1ZXSGdPeWl6SVBaTlpRdDJ6R2xYZjJO" +
      "SDY0ZEh4T0sxU3c9PSJ9",
  },
};

/** Makes an empty repository at `path`; the two have ids of their own. */
export async function makeQuickRepository(path: string, which: keyof typeof QUICK): Promise<void> {
  const { config, keyName, key } = QUICK[which];
  for (const folder of ["data", "index", "keys", "locks", "snapshots"]) {
    await mkdir(`${path}/${folder}`, { recursive: true });
  }
  await writeFile(`${path}/keys/${keyName}`, bytesOf(key));
  await writeFile(`${path}/config`, bytesOf(config));
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}
