select head, raised
from alert_chain
