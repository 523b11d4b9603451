update alert_chain set head = %(head)s, raised = %(raised)s
