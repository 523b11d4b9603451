"""Sound and a browser notification for a new distress alert, once for each."""

from collections.abc import Sequence

import streamlit as st

from dashboard.i18n import Words
from dashboard.views import desk
from dashboard.visit import Visit
from store.reader import AlertRow

SOUND = """<script>
(function () {
  const fresh = %s;
  const w = window;
  w.huangyuHeard = w.huangyuHeard || new Set(JSON.parse(localStorage.getItem("huangyuHeard") || "[]"));
  const unheard = fresh.filter((key) => !w.huangyuHeard.has(key));
  unheard.forEach((key) => w.huangyuHeard.add(key));
  localStorage.setItem("huangyuHeard", JSON.stringify([...w.huangyuHeard].slice(-200)));
  if (!unheard.length || localStorage.getItem("huangyuSound") !== "on") return;
  try {
    const audio = new AudioContext();
    for (let n = 0; n < 6; n += 1) {
      const tone = audio.createOscillator();
      tone.frequency.value = n %% 2 ? 660 : 990;
      tone.connect(audio.destination);
      tone.start(audio.currentTime + n * 0.25);
      tone.stop(audio.currentTime + n * 0.25 + 0.2);
    }
  } catch (error) { console.debug("no sound", error); }
  if (w.Notification && Notification.permission === "granted") new Notification(%s, {tag: "huangyu-distress"});
})();
</script><span></span>"""
SWITCH = """<script>
localStorage.setItem("huangyuSound", "%s");
if ("%s" === "on" && window.Notification && Notification.permission === "default") Notification.requestPermission();
</script><span></span>"""


def switch(visit: Visit) -> None:
    """Let the officer switch sound and notification on: a browser allows neither without a click."""
    on = st.toggle(visit.words("Sound and notification for distress"), key="sound", value=False)
    state = "on" if on else "off"
    st.html(SWITCH % (state, state), unsafe_allow_javascript=True)


def tell(alerts: Sequence[AlertRow], words: Words) -> str:
    """Return the script that sounds for distress alerts; the browser knows which of them it has told already."""
    found = [a.alert_id for a in alerts if a.rule.startswith("vessels.distress") and a.severity == 4]
    return SOUND % (desk.script_value(found), desk.script_value(words("Distress")))


def play(script: str) -> None:
    """Run the script in the page."""
    st.html(script, unsafe_allow_javascript=True)
