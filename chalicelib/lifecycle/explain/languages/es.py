"""Spanish. Numbers are grouped from five digits on, as the Academy has it."""

from __future__ import annotations

from chalicelib.lifecycle.explain.language import Language, one_or_other
from chalicelib.lifecycle.rules import Stage

RULES = {
    "ghost.anonymous": "Fantasma: todavía no se sabe quién es.",
    "contract.hero": (
        "Héroe: suscripción a {plan}, con un valor de {yearly_value} al año (a partir de {contract_hero_value} se "
        "es Héroe), al corriente de pago y con actividad {hero_active_days:last}."
    ),
    "contract.hero.by_worth": (
        "Héroe: suscripción a {plan}, con un valor de {yearly_value} al año (a partir de {hero_value} se es Héroe), "
        "al corriente de pago y con actividad {hero_active_days:last}."
    ),
    "contract.hero.by_span": (
        "Héroe: suscripción a {plan}, con un contrato pagado durante al menos {contract_hero_days}; al corriente de "
        "pago y con actividad {hero_active_days:last}."
    ),
    "contract.renewed": "Recurrente: suscripción a {plan}, renovada {renewals}, pagada {term_end_at:until}.",
    "contract.first_term": "Ocasional: suscripción a {plan}, en el primer periodo, pagada {term_end_at:until}.",
    "contract.renewed.no_date": "Recurrente: suscripción a {plan}, renovada {renewals}, al corriente de pago.",
    "contract.first_term.no_date": "Ocasional: suscripción a {plan}, en el primer periodo, al corriente de pago.",
    "contract.payment_failed": (
        "En riesgo: suscripción a {plan}; un pago falló {failed_at:on} y desde entonces no ha llegado ninguno. Si no "
        "llega, se acaba {given_up_at:on}."
    ),
    "contract.ending": "En riesgo: la suscripción a {plan} termina {ending_at:on}.",
    "contract.trial": "Lead: de prueba con {plan} {trial_end_at:until}.",
    "contract.paused": "En espera: la suscripción a {plan} está en pausa {paused_at:since}.",
    "contract.lapsed_trial": (
        "En espera: la prueba de {plan} terminó {trial_end_at:on} sin ningún pago, {lapsed_trial_days:within_ago}."
    ),
    "contract.browsing": (
        "En espera: la suscripción a {plan} terminó {ended_at:on}; pero hubo actividad {active_at:on}, que cuenta "
        "durante {activity_warm_days}."
    ),
    "contract.ended": "Perdido: la suscripción a {plan} terminó {ended_at:on}.",
    "buyer.hero": (
        "Héroe: {orders}, el último {last_order_at:on}; la relación sigue cálida ({warm_until:until}), con al menos "
        "{repeat_orders} {year_days:last}, un valor de {worth} al año (a partir de {hero_value} se es Héroe) y "
        "actividad {hero_active_days:last}."
    ),
    "buyer.hero.by_orders": (
        "Héroe: {orders}, el último {last_order_at:on}; la relación sigue cálida ({warm_until:until}), con al menos "
        "{hero_orders} {year_days:last}, es decir, de gran valor, y actividad {hero_active_days:last}."
    ),
    "buyer.repeat": (
        "Recurrente: {orders}, el último {last_order_at:on}; la relación sigue cálida ({warm_until:until}), con al "
        "menos {repeat_orders} {year_days:last}."
    ),
    "buyer.occasional": (
        "Ocasional: {orders}, el último {last_order_at:on}; la relación sigue cálida ({warm_until:until}), con menos "
        "de {repeat_orders} {year_days:last}."
    ),
    "buyer.browsing": (
        "En espera: {orders}, el último {last_order_at:on}, y un silencio más largo de lo habitual "
        "{warm_until:since}; pero con actividad {active_at:on}, que cuenta durante {activity_warm_days}."
    ),
    "buyer.cooling": (
        "En riesgo: {orders}, el último {last_order_at:on}; la relación se enfría {warm_until:since}, cuando la "
        "probabilidad de otro pedido bajó del umbral (el {warm} de la que había justo después del último)."
    ),
    "buyer.cold": (
        "Perdido: {orders}, el último {last_order_at:on}; la relación está fría {cooling_until:since}: la "
        "probabilidad de otro pedido está por debajo del umbral (el {cooling} de la que había justo después del "
        "último) y han pasado al menos {once_at_risk_days}."
    ),
    "once.fresh": (
        "Ocasional: {orders:bought_once} {last_order_at:on}, {once_occasional_days:within_ago}: durante ese tiempo un "
        "pedido se considera reciente."
    ),
    "once.open": (
        "En espera: {orders:bought_once} {last_order_at:on}, hace entre {once_occasional_days:n} y "
        "{once_waiting_days}: muchos de los que vuelven tardan ese tiempo."
    ),
    "once.browsing": (
        "En espera: {orders:bought_once} {last_order_at:on}, hace más de {once_waiting_days}; pero con actividad "
        "{active_at:on}, que cuenta durante {activity_warm_days}."
    ),
    "once.cooling": (
        "En riesgo: {orders:bought_once} {last_order_at:on}, hace entre {once_waiting_days:n} y {once_at_risk_days}: "
        "la mayoría de los que vuelven lo hace antes."
    ),
    "once.cold": (
        "Perdido: {orders:bought_once} {last_order_at:on}, hace más de {once_at_risk_days}: después de tanto tiempo "
        "casi nadie vuelve."
    ),
    "lead.intent": "Lead: todavía ningún pedido, pero hay {intent} en curso (última señal: {intent_at:minute}).",
    "lead.interest": (
        "Lead: todavía ningún pedido, pero un interés de {interest} {interest_day:on} (el umbral es "
        "{threshold_interest}, y al cabo de {interest_half_life_days} queda la mitad); última actividad: {active_at}."
    ),
    "lead.returning": (
        "Lead: todavía ningún pedido, pero actividad en al menos {returning_days} {returning_span_days:of_last}; la "
        "última, {active_at:on}."
    ),
    "new.identified": "Nuevo: conocido {identified_at:since}, hace menos de {new_days}, sin interés cualificado.",
    "quiet.open_intent": (
        "En espera: todavía ningún pedido; queda pendiente {intent} (última señal: {intent_at:minute})."
    ),
    "quiet.warm": "En espera: todavía ningún pedido; última actividad {active_at:on}, {activity_warm_days:last}.",
    "quiet.cooling": (
        "En riesgo: todavía ningún pedido; última actividad {active_at:on}, hace entre {activity_warm_days:n} y "
        "{activity_cooling_days}."
    ),
    "quiet.cold": "Perdido: ningún pedido; última actividad {active_at:on}, hace más de {activity_cooling_days}.",
    "quiet.unknown": "Perdido: se conoce su nombre, pero nada de lo que hace.",
}

SAID = {
    "unknown": "desconocido",
    "no_plan": "un plan sin nombre",
    "outlook": "Si no ocurre nada, la etapa pasa a ser {next_stage} {next_at:on_minute}.",
    "for_good": "Si no ocurre nada, la etapa sigue siendo {stage}.",
    "keeps": "{act}{deadline} evita el paso a la etapa {prevents_stage}: la etapa sigue siendo {stage}.",
    "moves": "{act}{deadline} lleva a la etapa {stage}.",
    "moves_and_prevents": "{act}{deadline} lleva a la etapa {stage} y evita el paso a la etapa {prevents_stage}.",
    "prevents": "{act}{deadline} evita el paso a la etapa {prevents_stage}.",
    "span": "{from_text} y {until_text}",
    "lasts": "Si ocurre ahora, la etapa {stage} dura {until_text}; después viene {then_stage}.",
    "churn_risk": "Probabilidad de que no llegue ningún pedido en {horizon_days}: {churn_risk}.",
    "warmth": "La probabilidad de un pedido es el {warmth} de la que había justo después del último.",
    "expected_value": "Valor esperado en los próximos {value_days}: {expected_value}.",
    "next_order": (
        "El próximo pedido se espera {next_order_at:around}, lo más probable entre {from_at:on} y {to_at:on}."
    ),
    "overdue": "Silencio más largo de lo habitual {overdue_at:since}.",
    "overdue_later": "Con retraso {overdue_at:from}, si no llega ningún pedido.",
    "reactivated": "De vuelta {reactivated_at:since}, después de haber estado En riesgo o Perdido.",
    "open_intent": (
        "Pendiente {since_at:since}: {intent} (última señal: {last_at:minute}); vale {intent_until:until}."
    ),
    "open_intent_worth": (
        "Pendiente {since_at:since}: {intent} de {sum} (última señal: {last_at:minute}); vale {intent_until:until}."
    ),
    "changed": "{from_stage} → {stage}, {since_at:on}: {cause}.",
    "began": "{stage}, {since_at:since}: {cause}.",
    "trust_prior": "Habla el modelo de partida: en estas cifras no hay todavía nada de la historia de esta tienda.",
    "trust_little": (
        "Estimado con {buyers} y datos hasta esta fecha: {as_of_at}; de ellos, {returned} volvieron. Por debajo de "
        "{enough_buyers}, el modelo de partida pesa todavía tanto como ellos."
    ),
    "trust_shop": "Estimado con {buyers} y datos hasta esta fecha: {as_of_at}; de ellos, {returned} volvieron.",
    "trust_unchecked": "Todavía no se ha puesto a prueba con un periodo que no conocía.",
    "trust_drifted": (
        "Dos veces seguidas el número previsto de compradores se desvió más de una cuarta parte: úsese con cautela."
    ),
}

plugin: Language = Language(
    name="Español",
    decimal=",",
    group=".",
    grouped_from=5,
    share="{} %",
    months=(
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ),
    day="{day} de {month} de {year}",
    minute="{day}, {time} {zone}",
    dates={
        "on": "el {}",
        "before": "antes del {}",
        "since": "desde el {}",
        "until": "hasta el {}",
        "from": "a partir del {}",
        "around": "en torno al {}",
    },
    no_dates={
        "": "fecha desconocida",
        "on": "en una fecha desconocida",
        "before": "antes de una fecha desconocida",
        "since": "desde una fecha desconocida",
        "until": "hasta una fecha desconocida",
        "from": "a partir de una fecha desconocida",
        "around": "en torno a una fecha desconocida",
    },
    plural=one_or_other,
    counted={
        "orders": {"one": "{n} pedido", "other": "{n} pedidos"},
        "bought_once": {"one": "un solo pedido", "other": "{n} pedidos en una semana, contados como uno,"},
        "days": {"one": "{n} día", "other": "{n} días"},
        "last": {"one": "en el último día", "other": "en los últimos {n} días"},
        "of_last": {"one": "del último día", "other": "de los últimos {n} días"},
        "within_ago": {"one": "hace no más de {n} día", "other": "hace no más de {n} días"},
        "weeks": {"one": "{n} semana", "other": "{n} semanas"},
        "hours": {"one": "{n} hora", "other": "{n} horas"},
        "buyers": {"one": "{n} comprador", "other": "{n} compradores"},
        "renewals": {"one": "una vez", "other": "{n} veces"},
    },
    stages={
        Stage.GHOST: "Fantasma",
        Stage.NEW: "Nuevo",
        Stage.LEAD: "Lead",
        Stage.WAITING: "En espera",
        Stage.OCCASIONAL: "Ocasional",
        Stage.REPEAT: "Recurrente",
        Stage.HERO: "Héroe",
        Stage.AT_RISK: "En riesgo",
        Stage.LOST: "Perdido",
    },
    rules=RULES,
    said=SAID,
    labels={
        "active_at": "última actividad",
        "cooling_until": "fría desde",
        "ended_at": "fin de la suscripción",
        "ending_at": "la suscripción termina",
        "failed_at": "pago fallido",
        "given_up_at": "se da por terminada sin un pago",
        "identified_at": "conocido desde",
        "idle_since_at": "parado desde",
        "intent": "pendiente",
        "intent_at": "última señal",
        "intent_since_at": "comienzo",
        "intent_until": "vale hasta",
        "interest": "interés mostrado, en productos vistos",
        "interest_day": "día del interés",
        "last_order_at": "último pedido",
        "orders": "pedidos",
        "paused_at": "en pausa desde",
        "paying_since_at": "paga desde",
        "plan": "plan",
        "renewals": "renovaciones",
        "term_end_at": "pagada hasta",
        "trial_end_at": "fin de la prueba",
        "warm_until": "cálida hasta",
        "worth": "valor anual, visto desde el último pedido",
        "yearly_value": "valor anual de la suscripción",
        "activity_cooling_days": "En riesgo, sin pedidos, hasta tanto después de la última actividad",
        "activity_warm_days": "la actividad cuenta durante",
        "aftermath_hours": "actividad que forma parte del último pedido",
        "contract_hero_days": "un Héroe paga desde hace al menos",
        "contract_hero_value": "valor anual mínimo de la suscripción de un Héroe",
        "cooling": "fría por debajo de esta parte de la probabilidad tras el último pedido",
        "hero_active_days": "un Héroe tuvo actividad en",
        "hero_orders": "pedidos de un Héroe, mientras no se conoce el valor",
        "hero_value": "valor anual mínimo de un Héroe",
        "intent_idle_hours": "queda pendiente al cabo de",
        "threshold_interest": "interés cualificado, en productos vistos",
        "interest_half_life_days": "el interés se reduce a la mitad en",
        "lapsed_trial_days": "En espera tras una prueba sin pago",
        "new_days": "Nuevo durante",
        "once_at_risk_days": "En riesgo hasta, tras el único pedido",
        "once_occasional_days": "Ocasional hasta, tras el único pedido",
        "once_waiting_days": "En espera hasta, tras el único pedido",
        "payment_failed_days": "En riesgo tras un pago fallido",
        "quote_idle_hours": "un presupuesto queda pendiente al cabo de",
        "repeat_orders": "pedidos de un cliente Recurrente",
        "returning_days": "días activos de un lector que vuelve",
        "returning_span_days": "dentro de",
        "trial_days": "duración de una prueba cuyo fin no se conoce",
        "warm": "cálida a partir de esta parte de la probabilidad tras el último pedido",
        "year_days": "los pedidos se cuentan dentro de",
        "repeats": "compras repetidas (x)",
        "first_to_last_weeks": "del primer al último pedido (t_x)",
        "first_to_now_weeks": "del primer pedido a hoy (T)",
        "silent_weeks": "silencio desde el último pedido",
        "horizon_days": "se mira adelante",
        "value_days": "el valor se cuenta durante",
        "margin": "parte de los ingresos que cuenta como valor",
        "yearly_discount": "descuento del valor a un año vista",
        "model_r": "modelo: r",
        "model_alpha_weeks": "modelo: alfa",
        "model_a": "modelo: a",
        "model_b": "modelo: b",
        "alive_chance": "probabilidad de seguir siendo cliente",
        "model_chance": "probabilidad de un pedido, según el modelo solo",
        "calibrated_chance": "la misma, calibrada con los últimos periodos",
        "averaged_chance": "la misma, promediada con la regresión",
        "regression_share_chance": "peso de la regresión en el promedio",
        "last_chance": "probabilidad de un pedido justo después del último",
        "expected_orders": "pedidos esperados",
        "each_worth": "valor esperado de un pedido",
        "mean_worth": "valor medio de sus pedidos",
        "typical_worth": "pedido típico de la tienda",
        "typical_weight": "pedidos por los que cuenta el típico",
        "contract_worth": "de ello por suscripción",
        "renewals_alpha": "renovaciones: alfa",
        "renewals_beta": "renovaciones: beta",
        "churn_risk": "riesgo de abandono",
        "warmth": "calidez",
        "expected_value": "valor esperado",
    },
    intents={
        "cart": "un carrito",
        "checkout": "una compra iniciada",
        "trial": "una prueba",
        "quote": "un presupuesto",
    },
    causes={
        "first": "la primera etapa",
        "event": "por algo que se hizo",
        "time": "por el solo paso del tiempo",
        "import": "por datos importados",
        "settings": "por un cambio de ajustes",
        "model": "por una nueva estimación del modelo",
        "merge": "por la unión de lo que pertenece a la misma persona",
        "rebuild": "por una nueva lectura de todos los eventos",
    },
    acts={
        "order": "Un pedido",
        "visit": "Una visita",
        "cart": "Un producto puesto en el carrito",
        "identify": "Un registro o un inicio de sesión",
        "pay": "Un pago",
        "subscribe": "Una suscripción de pago",
        "resume": "La reanudación de la suscripción",
        "stay": "La retirada de la cancelación",
        "cancel": "La cancelación de la suscripción",
        "refund": "La devolución completa del último pedido",
    },
    frames={
        "nine_stages": "Las nueve etapas",
        "race": "RACE",
        "retention": "Captación, desarrollo, fidelidad, abandono",
        "attract_sell_wow": "Atraer, vender, sorprender",
        "five_steps": "Los cinco pasos de Sterne y Cutler",
        "decision_journey": "El proceso de decisión",
    },
    phases={
        "race": {"reach": "Alcanzar", "act": "Interactuar", "convert": "Convertir", "engage": "Vincular"},
        "retention": {
            "acquisition": "Captación",
            "development": "Desarrollo",
            "loyalty": "Fidelidad",
            "churn": "Abandono",
        },
        "attract_sell_wow": {"attract": "Atraer", "sell": "Vender", "wow": "Sorprender"},
        "five_steps": {
            "reach": "Atención",
            "acquisition": "Acercamiento",
            "conversion": "Conversión",
            "retention": "Retención",
            "loyalty": "Fidelidad",
        },
        "decision_journey": {
            "consider": "Considerar",
            "evaluate": "Evaluar",
            "buy": "Comprar",
            "enjoy": "Disfrutar",
            "advocate": "Recomendar",
            "bond": "Vincularse",
        },
    },
)
