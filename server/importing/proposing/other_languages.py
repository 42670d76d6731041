"""Common names of columns in German, French, Spanish, Portuguese and Chinese, in small letters."""

OTHERS: dict[str, tuple[str, ...]] = {
    "call_id": (
        "anruf id", "anrufnummer", "gesprächs id", "gespräch id", "vorgangsnummer", "id appel", "identifiant",
        "numéro appel", "id llamada", "identificador", "id de llamada", "id chamada", "id da chamada", "通话id",
        "呼叫id", "编号", "通话编号", "会话id",
    ),
    "agent": (
        "mitarbeiter", "mitarbeiterin", "bearbeiter", "berater", "sachbearbeiter", "agente", "conseiller", "opérateur",
        "operador", "asesor", "atendente", "assistente", "agent vocal", "坐席", "客服", "座席", "代理",
    ),
    "timestamp": (
        "beginn", "anfang", "startzeit", "anrufbeginn", "datum", "zeitpunkt", "uhrzeit", "zeit", "début", "date début",
        "date de début", "heure", "heure de début", "inicio", "fecha", "fecha inicio", "fecha de inicio", "hora",
        "hora de inicio", "início", "data", "data início", "data de início", "hora de início", "horário", "开始时间",
        "通话时间", "日期", "时间", "呼叫时间",
    ),
    "ended_at": (
        "ende", "endzeit", "anrufende", "fin", "heure de fin", "date de fin", "hora de fin", "fecha fin", "fim",
        "término", "hora de término", "data fim", "结束时间",
    ),
    "duration": (
        "dauer", "gesprächsdauer", "anrufdauer", "länge", "durée", "durée appel", "duración", "duración de la llamada",
        "duração", "duração da chamada", "时长", "通话时长", "持续时间",
    ),
    "success": (
        "erfolg", "erfolgreich", "gelöst", "erledigt", "succès", "réussi", "résolu", "éxito", "exitoso", "resuelto",
        "resuelta", "sucesso", "resolvido", "resolvida", "成功", "是否成功", "已解决", "是否解决",
    ),
    "answered": (
        "angenommen", "beantwortet", "répondu", "décroché", "contestada", "atendida", "atendido", "接听", "是否接听",
    ),
    "call_ended_reason": (
        "ergebnis", "anrufergebnis", "endgrund", "grund", "résultat", "statut", "resultado", "estado", "motivo", "结果",
        "通话结果", "状态",
    ),
    "topic": ("thema", "anliegen", "betreff", "sujet", "motif", "tema", "asunto", "assunto", "主题"),
    "customer_number": (
        "kundennummer", "telefonnummer", "rufnummer", "telefon", "anrufer", "téléphone", "numéro de téléphone",
        "teléfono", "número de teléfono", "telefone", "número de telefone", "电话", "客户电话", "电话号码", "手机号",
    ),
}  # fmt: skip
