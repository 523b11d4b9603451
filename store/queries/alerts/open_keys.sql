select key
from alert
where handling not in ('pending', 'closed', 'retracted', 'expired', 'merged')
    and condition = 'active'
