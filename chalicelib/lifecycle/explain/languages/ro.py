"""Romanian. Counts have three forms: 1 comandă, 2 comenzi, 20 de comenzi; 101 comenzi, but 120 de comenzi."""

from __future__ import annotations

from chalicelib.lifecycle.explain.language import Language
from chalicelib.lifecycle.rules import Stage


def _plural(number: float) -> str:
    """`few` for 0, for fractions, and for what ends in 01 to 19."""
    if number == 1:
        return "one"
    return "few" if number != int(number) or number == 0 or 1 <= number % 100 <= 19 else "other"


RULES = {
    "ghost.anonymous": "Fantomă: încă nu se știe cine este.",
    "contract.hero": (
        "Erou: abonament {plan}, în valoare de {yearly_value} pe an (de la {contract_hero_value} în sus este Erou), "
        "cu plata la zi și cu activitate {hero_active_days:last}."
    ),
    "contract.hero.by_worth": (
        "Erou: abonament {plan}, în valoare de {yearly_value} pe an (de la {hero_value} în sus este Erou), cu plata "
        "la zi și cu activitate {hero_active_days:last}."
    ),
    "contract.hero.by_span": (
        "Erou: abonament {plan}, cu un contract plătit de cel puțin {contract_hero_days}; cu plata la zi și cu "
        "activitate {hero_active_days:last}."
    ),
    "contract.renewed": "Recurent: abonament {plan}, reînnoit {renewals}, plătit {term_end_at:until}.",
    "contract.first_term": "Ocazional: abonament {plan}, în prima perioadă, plătit {term_end_at:until}.",
    "contract.renewed.no_date": "Recurent: abonament {plan}, reînnoit {renewals}, cu plata la zi.",
    "contract.first_term.no_date": "Ocazional: abonament {plan}, în prima perioadă, cu plata la zi.",
    "contract.payment_failed": (
        "La risc: abonament {plan}; o plată a eșuat {failed_at:on} și de atunci nu a venit niciuna. Fără plată, se "
        "încheie {given_up_at:on}."
    ),
    "contract.ending": "La risc: abonamentul {plan} se încheie {ending_at:on}.",
    "contract.trial": "Lead: perioadă de probă ({plan}) {trial_end_at:until}.",
    "contract.paused": "În așteptare: abonamentul {plan} este în pauză {paused_at:since}.",
    "contract.lapsed_trial": (
        "În așteptare: perioada de probă ({plan}) s-a încheiat {trial_end_at:on} fără plată, cu cel mult "
        "{lapsed_trial_days} în urmă."
    ),
    "contract.browsing": (
        "În așteptare: abonamentul {plan} s-a încheiat {ended_at:on}; dar cu activitate {active_at:on}, care contează "
        "timp de {activity_warm_days}."
    ),
    "contract.ended": "Pierdut: abonamentul {plan} s-a încheiat {ended_at:on}.",
    "buyer.hero": (
        "Erou: {orders}, ultima {last_order_at:on}; relația este încă caldă ({warm_until:until}), cu cel puțin "
        "{repeat_orders} {year_days:last}, o valoare de {worth} pe an (de la {hero_value} în sus este Erou) și "
        "activitate {hero_active_days:last}."
    ),
    "buyer.hero.by_orders": (
        "Erou: {orders}, ultima {last_order_at:on}; relația este încă caldă ({warm_until:until}), cu cel puțin "
        "{hero_orders} {year_days:last}, deci de mare valoare, și activitate {hero_active_days:last}."
    ),
    "buyer.repeat": (
        "Recurent: {orders}, ultima {last_order_at:on}; relația este încă caldă ({warm_until:until}), cu cel puțin "
        "{repeat_orders} {year_days:last}."
    ),
    "buyer.occasional": (
        "Ocazional: {orders}, ultima {last_order_at:on}; relația este încă caldă ({warm_until:until}), cu mai puțin "
        "de {repeat_orders} {year_days:last}."
    ),
    "buyer.browsing": (
        "În așteptare: {orders}, ultima {last_order_at:on}, și o tăcere mai lungă decât de obicei {warm_until:since}; "
        "dar cu activitate {active_at:on}, care contează timp de {activity_warm_days}."
    ),
    "buyer.cooling": (
        "La risc: {orders}, ultima {last_order_at:on}; relația se răcește {warm_until:since}, când probabilitatea unei "
        "alte comenzi a coborât sub prag ({warm} din cea de imediat după ultima)."
    ),
    "buyer.cold": (
        "Pierdut: {orders}, ultima {last_order_at:on}; relația este rece {cooling_until:since}: probabilitatea unei "
        "alte comenzi este sub prag ({cooling} din cea de imediat după ultima) și au trecut cel puțin "
        "{once_at_risk_days}."
    ),
    "once.fresh": (
        "Ocazional: {orders:bought_once} {last_order_at:on}, cu cel mult {once_occasional_days} în urmă: atâta timp o "
        "comandă este socotită recentă."
    ),
    "once.open": (
        "În așteptare: {orders:bought_once} {last_order_at:on}, în urmă cu {once_occasional_days:n} până la "
        "{once_waiting_days}: mulți dintre cei care revin au nevoie de atâta timp."
    ),
    "once.browsing": (
        "În așteptare: {orders:bought_once} {last_order_at:on}, cu mai mult de {once_waiting_days} în urmă; dar cu "
        "activitate {active_at:on}, care contează timp de {activity_warm_days}."
    ),
    "once.cooling": (
        "La risc: {orders:bought_once} {last_order_at:on}, în urmă cu {once_waiting_days:n} până la "
        "{once_at_risk_days}: cei mai mulți dintre cei care revin o fac mai devreme."
    ),
    "once.cold": (
        "Pierdut: {orders:bought_once} {last_order_at:on}, cu mai mult de {once_at_risk_days} în urmă: după atâta timp "
        "nu mai revine aproape nimeni."
    ),
    "lead.intent": "Lead: nicio comandă încă, dar există {intent} în lucru (ultimul semn: {intent_at:minute}).",
    "lead.interest": (
        "Lead: nicio comandă încă, dar un interes de {interest} {interest_day:on} (pragul este {threshold_interest}, "
        "iar după {interest_half_life_days} rămâne jumătate); ultima activitate {active_at:on}."
    ),
    "lead.returning": (
        "Lead: nicio comandă încă, dar activitate în cel puțin {returning_days} {returning_span_days:of_last}; ultima "
        "{active_at:on}."
    ),
    "new.identified": "Nou: cunoscut {identified_at:since}, de mai puțin de {new_days}, fără un interes calificat.",
    "quiet.open_intent": (
        "În așteptare: nicio comandă încă; a rămas nefinalizat: {intent} (ultimul semn: {intent_at:minute})."
    ),
    "quiet.warm": "În așteptare: nicio comandă încă; ultima activitate {active_at:on}, {activity_warm_days:last}.",
    "quiet.cooling": (
        "La risc: nicio comandă încă; ultima activitate {active_at:on}, în urmă cu {activity_warm_days:n} până la "
        "{activity_cooling_days}."
    ),
    "quiet.cold": (
        "Pierdut: nicio comandă; ultima activitate {active_at:on}, cu mai mult de {activity_cooling_days} în urmă."
    ),
    "quiet.unknown": "Pierdut: i se cunoaște numele, dar nimic din ce face.",
}

SAID = {
    "unknown": "necunoscut",
    "no_plan": "fără nume",
    "outlook": "Dacă nu se întâmplă nimic, stadiul devine {next_stage} {next_at:on_minute}.",
    "for_good": "Dacă nu se întâmplă nimic, stadiul rămâne {stage}.",
    "keeps": "{act}{deadline} evită trecerea în stadiul {prevents_stage}: stadiul rămâne {stage}.",
    "moves": "{act}{deadline} duce la stadiul {stage}.",
    "moves_and_prevents": "{act}{deadline} duce la stadiul {stage} și evită trecerea în stadiul {prevents_stage}.",
    "prevents": "{act}{deadline} evită trecerea în stadiul {prevents_stage}.",
    "span": "{from_text} și {until_text}",
    "lasts": "Dacă se întâmplă acum, stadiul {stage} durează {until_text}, apoi urmează {then_stage}.",
    "churn_risk": "Probabilitatea ca în {horizon_days} să nu vină nicio comandă: {churn_risk}.",
    "warmth": "Probabilitatea unei comenzi este {warmth} din cea de imediat după ultima.",
    "expected_value": "Valoare așteptată în următoarele {value_days}: {expected_value}.",
    "next_order": (
        "Următoarea comandă este așteptată {next_order_at:around}, cel mai probabil între {from_at} și {to_at}."
    ),
    "overdue": "Tăcere mai lungă decât de obicei {overdue_at:since}.",
    "overdue_later": "Cu întârziere {overdue_at:from}, dacă nu vine nicio comandă.",
    "reactivated": "Revenit {reactivated_at:on}, după ce fusese La risc sau Pierdut.",
    "open_intent": (
        "Nefinalizat {since_at:since}: {intent} (ultimul semn: {last_at:minute}); valabil {intent_until:until}."
    ),
    "open_intent_worth": (
        "Nefinalizat {since_at:since}: {intent} de {sum} (ultimul semn: {last_at:minute}); valabil "
        "{intent_until:until}."
    ),
    "changed": "{from_stage} → {stage}, {since_at:on}: {cause}.",
    "began": "{stage}, {since_at:since}: {cause}.",
    "trust_prior": "Vorbește modelul de pornire: în aceste cifre nu există încă nimic din istoria acestui magazin.",
    "trust_little": (
        "Estimat pe {buyers}, cu date până la {as_of_at}; dintre ei, {returned} au revenit. Sub {enough_buyers}, "
        "modelul de pornire cântărește încă la fel de mult ca ei."
    ),
    "trust_shop": "Estimat pe {buyers}, cu date până la {as_of_at}; dintre ei, {returned} au revenit.",
    "trust_unchecked": "Nu a fost încă verificat pe o perioadă pe care nu o cunoștea.",
    "trust_drifted": (
        "De două ori la rând numărul prevăzut de cumpărători a fost greșit cu peste un sfert: de folosit cu prudență."
    ),
}

plugin: Language = Language(
    name="Română",
    decimal=",",
    group=".",
    share="{}%",
    months=(
        "ianuarie",
        "februarie",
        "martie",
        "aprilie",
        "mai",
        "iunie",
        "iulie",
        "august",
        "septembrie",
        "octombrie",
        "noiembrie",
        "decembrie",
    ),
    day="{day} {month} {year}",
    minute="{day}, ora {time} {zone}",
    dates={
        "on": "pe {}",
        "before": "înainte de {}",
        "since": "din {}",
        "until": "până la {}",
        "from": "începând cu {}",
        "around": "în jurul datei de {}",
    },
    no_dates={
        "": "o dată necunoscută",
        "on": "la o dată necunoscută",
        "before": "înainte de o dată necunoscută",
        "since": "de la o dată necunoscută",
        "until": "până la o dată necunoscută",
        "from": "începând cu o dată necunoscută",
        "around": "în jurul unei date necunoscute",
    },
    plural=_plural,
    counted={
        "orders": {"one": "{n} comandă", "few": "{n} comenzi", "other": "{n} de comenzi"},
        "bought_once": {
            "one": "o singură comandă",
            "few": "{n} comenzi într-o săptămână, socotite ca una,",
            "other": "{n} de comenzi într-o săptămână, socotite ca una,",
        },
        "days": {"one": "{n} zi", "few": "{n} zile", "other": "{n} de zile"},
        "last": {"one": "în ultima zi", "few": "în ultimele {n} zile", "other": "în ultimele {n} de zile"},
        "of_last": {"one": "din ultima zi", "few": "din ultimele {n} zile", "other": "din ultimele {n} de zile"},
        "weeks": {"one": "{n} săptămână", "few": "{n} săptămâni", "other": "{n} de săptămâni"},
        "hours": {"one": "{n} oră", "few": "{n} ore", "other": "{n} de ore"},
        "buyers": {"one": "{n} cumpărător", "few": "{n} cumpărători", "other": "{n} de cumpărători"},
        "renewals": {"one": "o dată", "few": "de {n} ori", "other": "de {n} de ori"},
    },
    stages={
        Stage.GHOST: "Fantomă",
        Stage.NEW: "Nou",
        Stage.LEAD: "Lead",
        Stage.WAITING: "În așteptare",
        Stage.OCCASIONAL: "Ocazional",
        Stage.REPEAT: "Recurent",
        Stage.HERO: "Erou",
        Stage.AT_RISK: "La risc",
        Stage.LOST: "Pierdut",
    },
    rules=RULES,
    said=SAID,
    labels={
        "active_at": "ultima activitate",
        "cooling_until": "rece din",
        "ended_at": "sfârșitul abonamentului",
        "ending_at": "abonamentul se încheie",
        "failed_at": "plată eșuată",
        "given_up_at": "socotit încheiat fără o plată",
        "identified_at": "cunoscut din",
        "idle_since_at": "oprit din",
        "intent": "nefinalizat",
        "intent_at": "ultimul semn",
        "intent_since_at": "început",
        "intent_until": "valabil până la",
        "interest": "interes arătat, în produse văzute",
        "interest_day": "ziua interesului",
        "last_order_at": "ultima comandă",
        "orders": "comenzi",
        "paused_at": "în pauză din",
        "paying_since_at": "plătește din",
        "plan": "abonament",
        "renewals": "reînnoiri",
        "term_end_at": "plătit până la",
        "trial_end_at": "sfârșitul perioadei de probă",
        "warm_until": "caldă până la",
        "worth": "valoare pe an, privită de la ultima comandă",
        "yearly_value": "valoarea pe an a abonamentului",
        "activity_cooling_days": "La risc, fără comenzi, până la atât după ultima activitate",
        "activity_warm_days": "activitatea contează timp de",
        "aftermath_hours": "activitate care ține de ultima comandă",
        "contract_hero_days": "un Erou plătește de cel puțin",
        "contract_hero_value": "valoarea minimă pe an a abonamentului unui Erou",
        "cooling": "rece sub această parte din probabilitatea de după ultima comandă",
        "hero_active_days": "un Erou a fost activ în",
        "hero_orders": "comenzile unui Erou, cât timp valoarea nu este cunoscută",
        "hero_value": "valoarea minimă pe an a unui Erou",
        "intent_idle_hours": "rămâne nefinalizat după",
        "threshold_interest": "interes calificat, în produse văzute",
        "interest_half_life_days": "interesul se înjumătățește în",
        "lapsed_trial_days": "În așteptare după o probă neplătită",
        "new_days": "Nou timp de",
        "once_at_risk_days": "La risc până la, după singura comandă",
        "once_occasional_days": "Ocazional până la, după singura comandă",
        "once_waiting_days": "În așteptare până la, după singura comandă",
        "payment_failed_days": "La risc după o plată eșuată",
        "quote_idle_hours": "o ofertă rămâne nefinalizată după",
        "repeat_orders": "comenzile unui client Recurent",
        "returning_days": "zile active ale unui cititor care revine",
        "returning_span_days": "în interval de",
        "trial_days": "durata unei perioade de probă al cărei sfârșit nu se cunoaște",
        "warm": "caldă de la această parte din probabilitatea de după ultima comandă",
        "year_days": "comenzile se numără în interval de",
        "repeats": "cumpărături repetate (x)",
        "first_to_last_weeks": "de la prima la ultima comandă (t_x)",
        "first_to_now_weeks": "de la prima comandă până azi (T)",
        "silent_weeks": "tăcere de la ultima comandă",
        "horizon_days": "se privește înainte",
        "value_days": "valoarea se socotește pe",
        "margin": "partea din venit care contează ca valoare",
        "yearly_discount": "reducerea valorii aflate la un an distanță",
        "model_r": "model: r",
        "model_alpha_weeks": "model: alfa",
        "model_a": "model: a",
        "model_b": "model: b",
        "alive_chance": "probabilitatea de a fi încă client",
        "model_chance": "probabilitatea unei comenzi, doar după model",
        "calibrated_chance": "aceeași, calibrată pe ultimele perioade",
        "averaged_chance": "aceeași, în medie cu regresia",
        "regression_share_chance": "ponderea regresiei în medie",
        "last_chance": "probabilitatea unei comenzi imediat după ultima",
        "expected_orders": "comenzi așteptate",
        "each_worth": "valoarea așteptată a unei comenzi",
        "mean_worth": "valoarea medie a comenzilor proprii",
        "typical_worth": "comanda tipică a magazinului",
        "typical_weight": "câte comenzi valorează cea tipică",
        "contract_worth": "din care din abonament",
        "renewals_alpha": "reînnoiri: alfa",
        "renewals_beta": "reînnoiri: beta",
        "churn_risk": "risc de abandon",
        "warmth": "căldură",
        "expected_value": "valoare așteptată",
    },
    intents={
        "cart": "un coș de cumpărături",
        "checkout": "o comandă începută",
        "trial": "o perioadă de probă",
        "quote": "o cerere de ofertă",
    },
    causes={
        "first": "primul stadiu",
        "event": "prin ceva ce s-a făcut",
        "time": "doar prin trecerea timpului",
        "import": "prin date importate",
        "settings": "prin schimbarea setărilor",
        "model": "printr-o nouă estimare a modelului",
        "merge": "prin unirea a ceea ce ține de aceeași persoană",
        "rebuild": "prin recitirea tuturor evenimentelor",
    },
    acts={
        "order": "O comandă",
        "visit": "O vizită",
        "cart": "Un produs pus în coș",
        "identify": "O înregistrare sau o autentificare",
        "pay": "O plată",
        "subscribe": "Un abonament plătit",
        "resume": "Reluarea abonamentului",
        "stay": "Retragerea anulării",
        "cancel": "Anularea abonamentului",
        "refund": "Returnarea completă a ultimei comenzi",
    },
    frames={
        "nine_stages": "Cele nouă stadii",
        "race": "RACE",
        "retention": "Achiziție, dezvoltare, loialitate, abandon",
        "attract_sell_wow": "Atrage, vinde, uimește",
        "five_steps": "Cei cinci pași ai lui Sterne și Cutler",
        "decision_journey": "Drumul deciziei",
    },
    phases={
        "race": {"reach": "Ajungere", "act": "Interacțiune", "convert": "Conversie", "engage": "Implicare"},
        "retention": {
            "acquisition": "Achiziție",
            "development": "Dezvoltare",
            "loyalty": "Loialitate",
            "churn": "Abandon",
        },
        "attract_sell_wow": {"attract": "Atrage", "sell": "Vinde", "wow": "Uimește"},
        "five_steps": {
            "reach": "Atenție",
            "acquisition": "Apropiere",
            "conversion": "Conversie",
            "retention": "Păstrare",
            "loyalty": "Loialitate",
        },
        "decision_journey": {
            "consider": "Ia în calcul",
            "evaluate": "Evaluează",
            "buy": "Cumpără",
            "enjoy": "Se bucură",
            "advocate": "Recomandă",
            "bond": "Se atașează",
        },
    },
)
