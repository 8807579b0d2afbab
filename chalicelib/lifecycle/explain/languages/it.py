"""Italian. Before the 8th and the 11th the article is elided: l'8 marzo."""

from __future__ import annotations

from chalicelib.lifecycle.explain.language import Language, one_or_other
from chalicelib.lifecycle.rules import Stage

RULES = {
    "ghost.anonymous": "Fantasma: non si sa ancora chi sia.",
    "contract.hero": (
        "Eroe: abbonamento {plan}, del valore di {yearly_value} all'anno (da {contract_hero_value} in su si è "
        "Eroe), in regola con i pagamenti e con attività {hero_active_days:last}."
    ),
    "contract.hero.by_worth": (
        "Eroe: abbonamento {plan}, del valore di {yearly_value} all'anno (da {hero_value} in su si è Eroe), in "
        "regola con i pagamenti e con attività {hero_active_days:last}."
    ),
    "contract.hero.by_span": (
        "Eroe: abbonamento {plan}, con un contratto pagato da almeno {contract_hero_days}; in regola con i pagamenti e "
        "con attività {hero_active_days:last}."
    ),
    "contract.renewed": "Abituale: abbonamento {plan}, rinnovato {renewals}, pagato {term_end_at:until}.",
    "contract.first_term": "Occasionale: abbonamento {plan}, al primo periodo, pagato {term_end_at:until}.",
    "contract.renewed.no_date": "Abituale: abbonamento {plan}, rinnovato {renewals}, in regola con i pagamenti.",
    "contract.first_term.no_date": "Occasionale: abbonamento {plan}, al primo periodo, in regola con i pagamenti.",
    "contract.payment_failed": (
        "A rischio: abbonamento {plan}; un pagamento è fallito {failed_at:on} e da allora non ne è arrivato nessuno. "
        "Se non arriva, finisce {given_up_at:on}."
    ),
    "contract.ending": "A rischio: l'abbonamento {plan} finisce {ending_at:on}.",
    "contract.trial": "Lead: in prova ({plan}) {trial_end_at:until}.",
    "contract.paused": "In attesa: l'abbonamento {plan} è in pausa {paused_at:since}.",
    "contract.lapsed_trial": (
        "In attesa: la prova ({plan}) è finita {trial_end_at:on} senza un pagamento, meno di {lapsed_trial_days:ago}."
    ),
    "contract.browsing": (
        "In attesa: l'abbonamento {plan} è finito {ended_at:on}; ma con attività {active_at:on}, che vale per "
        "{activity_warm_days}."
    ),
    "contract.ended": "Perso: l'abbonamento {plan} è finito {ended_at:on}.",
    "buyer.hero": (
        "Eroe: {orders}, l'ultimo {last_order_at:on}; il rapporto è ancora caldo ({warm_until:until}), con almeno "
        "{repeat_orders} {year_days:last}, un valore di {worth} all'anno (da {hero_value} in su si è Eroe) e "
        "attività {hero_active_days:last}."
    ),
    "buyer.hero.by_orders": (
        "Eroe: {orders}, l'ultimo {last_order_at:on}; il rapporto è ancora caldo ({warm_until:until}), con almeno "
        "{hero_orders} {year_days:last}, quindi di alto valore, e attività {hero_active_days:last}."
    ),
    "buyer.repeat": (
        "Abituale: {orders}, l'ultimo {last_order_at:on}; il rapporto è ancora caldo ({warm_until:until}), con almeno "
        "{repeat_orders} {year_days:last}."
    ),
    "buyer.occasional": (
        "Occasionale: {orders}, l'ultimo {last_order_at:on}; il rapporto è ancora caldo ({warm_until:until}), con meno "
        "di {repeat_orders} {year_days:last}."
    ),
    "buyer.browsing": (
        "In attesa: {orders}, l'ultimo {last_order_at:on}, e un silenzio più lungo del solito {warm_until:since}; ma "
        "con attività {active_at:on}, che vale per {activity_warm_days}."
    ),
    "buyer.cooling": (
        "A rischio: {orders}, l'ultimo {last_order_at:on}; il rapporto si raffredda {warm_until:since}, quando la "
        "probabilità di un altro ordine è scesa sotto la soglia ({warm} di quella che era subito dopo l'ultimo)."
    ),
    "buyer.cold": (
        "Perso: {orders}, l'ultimo {last_order_at:on}; il rapporto è freddo {cooling_until:since}: la probabilità di "
        "un altro ordine è sotto la soglia ({cooling} di quella che era subito dopo l'ultimo) e sono "
        "passati almeno {once_at_risk_days}."
    ),
    "once.fresh": (
        "Occasionale: {orders:bought_once} {last_order_at:on}, non più di {once_occasional_days:ago}: per questo tempo "
        "un ordine conta come recente."
    ),
    "once.open": (
        "In attesa: {orders:bought_once} {last_order_at:on}, tra {once_occasional_days:n} e {once_waiting_days:ago}: "
        "molti di quelli che tornano ci mettono così tanto."
    ),
    "once.browsing": (
        "In attesa: {orders:bought_once} {last_order_at:on}, più di {once_waiting_days:ago}; ma con attività "
        "{active_at:on}, che vale per {activity_warm_days}."
    ),
    "once.cooling": (
        "A rischio: {orders:bought_once} {last_order_at:on}, tra {once_waiting_days:n} e {once_at_risk_days:ago}: la "
        "maggior parte di chi torna lo fa prima."
    ),
    "once.cold": (
        "Perso: {orders:bought_once} {last_order_at:on}, più di {once_at_risk_days:ago}: dopo tanto tempo non torna "
        "quasi nessuno."
    ),
    "lead.intent": "Lead: ancora nessun ordine, ma c'è {intent} in corso (ultimo segno {intent_at:on_minute}).",
    "lead.interest": (
        "Lead: ancora nessun ordine, ma un interesse di {interest} {interest_day:on} (la soglia è "
        "{threshold_interest}, e dopo {interest_half_life_days} ne resta la metà); ultima attività {active_at:on}."
    ),
    "lead.returning": (
        "Lead: ancora nessun ordine, ma attività in almeno {returning_days} {returning_span_days:of_last}; l'ultima "
        "{active_at:on}."
    ),
    "new.identified": "Nuovo: noto {identified_at:since}, da meno di {new_days}, senza un interesse qualificato.",
    "quiet.open_intent": (
        "In attesa: ancora nessun ordine; resta in sospeso {intent} (ultimo segno {intent_at:on_minute})."
    ),
    "quiet.warm": ("In attesa: ancora nessun ordine; ultima attività {active_at:on}, {activity_warm_days:last}."),
    "quiet.cooling": (
        "A rischio: ancora nessun ordine; ultima attività {active_at:on}, tra {activity_warm_days:n} e "
        "{activity_cooling_days:ago}."
    ),
    "quiet.cold": "Perso: nessun ordine; ultima attività {active_at:on}, più di {activity_cooling_days:ago}.",
    "quiet.unknown": "Perso: se ne conosce il nome, ma non si è visto nulla di ciò che fa.",
}

SAID = {
    "unknown": "non noto",
    "no_plan": "senza nome",
    "outlook": "Se non succede nulla, lo stadio diventa {next_stage} {next_at:on_minute}.",
    "for_good": "Se non succede nulla, lo stadio resta {stage}.",
    "keeps": "{act}{deadline} evita il passaggio allo stadio {prevents_stage}: lo stadio resta {stage}.",
    "moves": "{act}{deadline} porta allo stadio {stage}.",
    "moves_and_prevents": (
        "{act}{deadline} porta allo stadio {stage} ed evita il passaggio allo stadio {prevents_stage}."
    ),
    "prevents": "{act}{deadline} evita il passaggio allo stadio {prevents_stage}.",
    "span": "{from_text} e {until_text}",
    "lasts": "Se avviene ora, lo stadio {stage} dura {until_text}; poi viene {then_stage}.",
    "churn_risk": "Probabilità che entro {horizon_days} non arrivi nessun ordine: {churn_risk}.",
    "warmth": "Probabilità di un ordine rispetto a subito dopo l'ultimo: {warmth}.",
    "expected_value": "Valore atteso nei prossimi {value_days}: {expected_value}.",
    "next_order": (
        "Il prossimo ordine è atteso {next_order_at:around}, più probabilmente tra {from_at:on} e {to_at:on}."
    ),
    "overdue": "Silenzio più lungo del solito {overdue_at:since}.",
    "overdue_later": "In ritardo {overdue_at:since}, se non arriva un ordine.",
    "reactivated": "Di ritorno {reactivated_at:since}, dopo essere stato A rischio o Perso.",
    "open_intent": (
        "In sospeso {since_at:since}: {intent} (ultimo segno {last_at:on_minute}); vale {intent_until:until}."
    ),
    "open_intent_worth": (
        "In sospeso {since_at:since}: {intent} da {sum} (ultimo segno {last_at:on_minute}); vale {intent_until:until}."
    ),
    "changed": "{from_stage} → {stage}, {since_at:on}: {cause}.",
    "began": "{stage}, {since_at:since}: {cause}.",
    "trust_prior": "Parla il modello di partenza: in queste cifre non c'è ancora nulla della storia di questo negozio.",
    "trust_little": (
        "Stimato su {buyers}, con dati fino a questa data: {as_of_at}; di questi {returned} sono tornati. Sotto i "
        "{enough_buyers} il modello di partenza pesa ancora quanto loro."
    ),
    "trust_shop": ("Stimato su {buyers}, con dati fino a questa data: {as_of_at}; di questi {returned} sono tornati."),
    "trust_unchecked": "Non è ancora stato messo alla prova su un periodo che non conosceva.",
    "trust_drifted": (
        "Per due volte di seguito il numero previsto di acquirenti era sbagliato di oltre un quarto: da usare con "
        "cautela."
    ),
}

plugin: Language = Language(
    name="Italiano",
    decimal=",",
    group=".",
    share="{}%",
    months=(
        "gennaio",
        "febbraio",
        "marzo",
        "aprile",
        "maggio",
        "giugno",
        "luglio",
        "agosto",
        "settembre",
        "ottobre",
        "novembre",
        "dicembre",
    ),
    day="{day} {month} {year}",
    first="{}º",
    minute="{day}, ore {time} {zone}",
    dates={
        "on": "il {}",
        "before": "prima del {}",
        "since": "dal {}",
        "until": "fino al {}",
        "from": "dal {} in poi",
        "around": "intorno al {}",
    },
    elided={
        "on": "l'{}",
        "before": "prima dell'{}",
        "since": "dall'{}",
        "until": "fino all'{}",
        "from": "dall'{} in poi",
        "around": "intorno all'{}",
    },
    elided_days=frozenset({8, 11}),
    no_dates={
        "": "data non nota",
        "on": "in data non nota",
        "before": "prima di una data non nota",
        "since": "da una data non nota",
        "until": "fino a una data non nota",
        "from": "a partire da una data non nota",
        "around": "intorno a una data non nota",
    },
    plural=one_or_other,
    counted={
        "orders": {"one": "{n} ordine", "other": "{n} ordini"},
        "bought_once": {"one": "un solo ordine", "other": "{n} ordini in una settimana, contati come uno,"},
        "days": {"one": "{n} giorno", "other": "{n} giorni"},
        "last": {"one": "nell'ultimo giorno", "other": "negli ultimi {n} giorni"},
        "of_last": {"one": "dell'ultimo giorno", "other": "degli ultimi {n} giorni"},
        "ago": {"one": "{n} giorno fa", "other": "{n} giorni fa"},
        "weeks": {"one": "{n} settimana", "other": "{n} settimane"},
        "hours": {"one": "{n} ora", "other": "{n} ore"},
        "buyers": {"one": "{n} acquirente", "other": "{n} acquirenti"},
        "renewals": {"one": "una volta", "other": "{n} volte"},
    },
    stages={
        Stage.GHOST: "Fantasma",
        Stage.NEW: "Nuovo",
        Stage.LEAD: "Lead",
        Stage.WAITING: "In attesa",
        Stage.OCCASIONAL: "Occasionale",
        Stage.REPEAT: "Abituale",
        Stage.HERO: "Eroe",
        Stage.AT_RISK: "A rischio",
        Stage.LOST: "Perso",
    },
    rules=RULES,
    said=SAID,
    labels={
        "active_at": "ultima attività",
        "cooling_until": "freddo dal",
        "ended_at": "fine dell'abbonamento",
        "ending_at": "l'abbonamento finisce",
        "failed_at": "pagamento fallito",
        "given_up_at": "dato per finito senza un pagamento",
        "identified_at": "noto dal",
        "idle_since_at": "fermo dal",
        "intent": "in sospeso",
        "intent_at": "ultimo segno",
        "intent_since_at": "inizio",
        "intent_until": "vale fino al",
        "interest": "interesse mostrato, in prodotti visti",
        "interest_day": "giorno dell'interesse",
        "last_order_at": "ultimo ordine",
        "orders": "ordini",
        "paused_at": "in pausa dal",
        "paying_since_at": "paga dal",
        "plan": "abbonamento",
        "renewals": "rinnovi",
        "term_end_at": "pagato fino al",
        "trial_end_at": "fine della prova",
        "warm_until": "caldo fino al",
        "worth": "valore annuo, visto dall'ultimo ordine",
        "yearly_value": "valore annuo dell'abbonamento",
        "activity_cooling_days": "A rischio, senza ordini, fino a tanto dopo l'ultima attività",
        "activity_warm_days": "un'attività vale per",
        "aftermath_hours": "attività che fa parte dell'ultimo ordine",
        "contract_hero_days": "un Eroe paga da almeno",
        "contract_hero_value": "valore annuo minimo dell'abbonamento di un Eroe",
        "cooling": "freddo sotto questa quota della probabilità dopo l'ultimo ordine",
        "hero_active_days": "un Eroe è stato attivo entro",
        "hero_orders": "ordini di un Eroe, finché il valore non è noto",
        "hero_value": "valore annuo minimo di un Eroe",
        "intent_idle_hours": "resta in sospeso dopo",
        "threshold_interest": "interesse qualificato, in prodotti visti",
        "interest_half_life_days": "l'interesse si dimezza in",
        "lapsed_trial_days": "In attesa dopo una prova non pagata",
        "new_days": "Nuovo per",
        "once_at_risk_days": "A rischio fino a, dopo l'unico ordine",
        "once_occasional_days": "Occasionale fino a, dopo l'unico ordine",
        "once_waiting_days": "In attesa fino a, dopo l'unico ordine",
        "payment_failed_days": "A rischio dopo un pagamento fallito",
        "quote_idle_hours": "un preventivo resta in sospeso dopo",
        "repeat_orders": "ordini di un cliente Abituale",
        "returning_days": "giorni attivi di un lettore che torna",
        "returning_span_days": "entro",
        "trial_days": "durata di una prova di cui non si conosce la fine",
        "warm": "caldo da questa quota della probabilità dopo l'ultimo ordine",
        "year_days": "gli ordini si contano entro",
        "repeats": "acquisti ripetuti (x)",
        "first_to_last_weeks": "dal primo all'ultimo ordine (t_x)",
        "first_to_now_weeks": "dal primo ordine a oggi (T)",
        "silent_weeks": "silenzio dall'ultimo ordine",
        "horizon_days": "si guarda avanti",
        "value_days": "il valore si conta su",
        "margin": "quota del ricavo che conta come valore",
        "yearly_discount": "sconto del valore a un anno di distanza",
        "model_r": "modello: r",
        "model_alpha_weeks": "modello: alfa",
        "model_a": "modello: a",
        "model_b": "modello: b",
        "alive_chance": "probabilità di essere ancora cliente",
        "model_chance": "probabilità di un ordine, per il solo modello",
        "calibrated_chance": "la stessa, calibrata sugli ultimi periodi",
        "averaged_chance": "la stessa, in media con la regressione",
        "regression_share_chance": "peso della regressione nella media",
        "last_chance": "probabilità di un ordine subito dopo l'ultimo",
        "expected_orders": "ordini attesi",
        "each_worth": "valore atteso di un ordine",
        "mean_worth": "valore medio dei propri ordini",
        "typical_worth": "ordine tipico del negozio",
        "typical_weight": "ordini per cui conta quello tipico",
        "contract_worth": "di cui da abbonamento",
        "renewals_alpha": "rinnovi: alfa",
        "renewals_beta": "rinnovi: beta",
        "churn_risk": "rischio di abbandono",
        "warmth": "calore",
        "expected_value": "valore atteso",
    },
    intents={"cart": "un carrello", "checkout": "un acquisto iniziato", "trial": "una prova", "quote": "un preventivo"},
    causes={
        "first": "il primo stadio",
        "event": "per qualcosa che è stato fatto",
        "time": "per il solo passare del tempo",
        "import": "per dati importati",
        "settings": "per impostazioni cambiate",
        "model": "per una nuova stima del modello",
        "merge": "per l'unione di ciò che appartiene alla stessa persona",
        "rebuild": "per una rilettura di tutti gli eventi",
    },
    acts={
        "order": "Un ordine",
        "visit": "Una visita",
        "cart": "Un prodotto messo nel carrello",
        "identify": "Una registrazione o un accesso",
        "pay": "Un pagamento",
        "subscribe": "L'attivazione di un abbonamento a pagamento",
        "resume": "La ripresa dell'abbonamento",
        "stay": "Il ritiro della disdetta",
        "cancel": "La disdetta dell'abbonamento",
        "refund": "La restituzione completa dell'ultimo ordine",
    },
    frames={
        "nine_stages": "I nove stadi",
        "race": "RACE",
        "retention": "Acquisizione, sviluppo, fedeltà, abbandono",
        "attract_sell_wow": "Attrarre, vendere, stupire",
        "five_steps": "I cinque passi di Sterne e Cutler",
        "decision_journey": "Il percorso decisionale",
    },
    phases={
        "race": {"reach": "Raggiungere", "act": "Interagire", "convert": "Convertire", "engage": "Coinvolgere"},
        "retention": {
            "acquisition": "Acquisizione",
            "development": "Sviluppo",
            "loyalty": "Fedeltà",
            "churn": "Abbandono",
        },
        "attract_sell_wow": {"attract": "Attrarre", "sell": "Vendere", "wow": "Stupire"},
        "five_steps": {
            "reach": "Attenzione",
            "acquisition": "Avvicinamento",
            "conversion": "Conversione",
            "retention": "Mantenimento",
            "loyalty": "Fedeltà",
        },
        "decision_journey": {
            "consider": "Considerare",
            "evaluate": "Valutare",
            "buy": "Comprare",
            "enjoy": "Godere",
            "advocate": "Consigliare",
            "bond": "Legarsi",
        },
    },
)
