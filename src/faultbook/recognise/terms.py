"""What a message says, as terms that can be compared: without values, ids, case and endings, and with the technical words of seven languages as one."""

import re
import unicodedata
from collections.abc import Iterator

from msgspec import Struct

_SAID_IN_OTHER_WORDS = """
access: accessed accessing zugriff zugreifen acceso acceder acces accesso accedere toegang
account: accounts konto cuenta compte conta
administrator: admin admins administrador administrateur amministratore beheerder
application: app apps applications anwendung aplicacion aplicativo aplicacao applicazione toepassing
column: columns spalte spalten spaltenname columna columnas colonne colonnes coluna colunas colonna kolom kolommen
combination: datenkombination combinacion combinaison combinacao combinazione gegevenscombinatie
connect: connected connecting connection connections verbindung verbinden herstellen conexion conectar connexion connecter conexao connessione verbinding
convert: conversion converting konvertieren konvertierung umwandeln convertir convertirse convertido converter convertire converteren
credential: credentials anmeldeinformationen anmeldedaten credenciales identifiants credenciais credenziali referenties
data: daten datos donnees dados dati gegevens
date: dates datum fecha
deny: denied forbidden verweigert unzulassig denegado prohibido refuse interdit negado proibido negato geweigerd
direct: directly direkt directamente directement diretamente direttamente rechtstreeks
element: elements item items elemente elementen elemento elementos elementi
enough: genugend suficientes assez suffisamment suficiente sufficienti voldoende
error: errors fehler errores erreur erreurs erro erros errore errori fout
expire: expired abgelaufen expirado caducado scaduto verlopen
expression: ausdruck expresion expressao espressione expressie
field: fields feld felder campo campos champ champs campi veld velden
file: files datei dateien archivo archivos fichier fichiers arquivo ficheiro bestand
find: exist existing exists found missing findet finden gefunden vorhanden encontro encontrado encontrada encontrar existe existen trouve trouvee trouver trovato trovata trovare esiste gevonden bestaat
function: functions funktion funcion fonction funcao funzione functie
gateway: passerelle
invalid: ungultig invalide invalido invalida ongeldig
key: schlussel clave claves cle cles chave chaves chiave chiavi sleutel
match: matched matches matching stimmt stimmte ubereinstimmen uberein coincide coincidio coincidia correspond correspondait corresponde corrisponde komt overeen
memory: arbeitsspeicher memoria memoire geheugen
model: models dataset datasets semantic
name: named names namen nombre nom nome naam
not: cannot impossible never no unable without nicht kein keine keinen konnte konnten kann imposible nao non pas ne impossibile impossivel niet geen
number: numbers zahl numero getal
operator: operador operateur operatore
organization: organizations organisation organisations organizacion organizacao organizzazione organisatie
other: andere anderen otras otros autres outras outros altre altri
password: passwords kennwort passwort contrasena senha wachtwoord
path: paths pfad ruta chemin caminho percorso
permission: permissions privilege privileges berechtigung berechtigungen permiso permisos autorisation permissao permissoes autorizzazione machtiging
provider: anbieter proveedor fournisseur provedor
query: queries abfrage abfragen consulta consultas requete requetes
rebuild: erstellen regenerar generar reconstruisez reconstruir ricompilare
record: datensatz datensatze datensatzes registro registros enregistrement
refer: reference references referencing refers verweist verweisen referencia riferimento verwijst
register: registered registriert registrado enregistre registrato geregistreerd
row: rows zeile zeilen fila filas ligne lignes linha linhas riga righe rij rijen
server: servers remoteserver servidor serveur
source: quelle quellen datenquelle datenquellen origen origine fonte origem bron gegevensbron
step: schritt schritte paso pasos etape etapes etapa passo passaggio stap
table: tables tabelle tabellen tabla tablas tableau tabela tabelas tabella tabel
time: zeit tiempo temps tempo tijd
type: types typ typen tipo tipos tipi
user: users benutzer usuario utilisateur utilizador utente gebruiker
value: values wert werte werten valor valores valeur valeurs valore valori waarde waarden
"""
"""A term, and the words of English, German, Spanish, French, Portuguese, Italian and Dutch that mean it; words, not messages."""
_MEANT = {
    word: term
    for line in _SAID_IN_OTHER_WORDS.strip().splitlines()
    for term, _, words in (line.partition(": "),)
    for word in (term, *words.split())
}
_SAID_WITHOUT_BLANKS = {
    "access": "访问 アクセス",
    "account": "帐户 账户 アカウント",
    "administrator": "管理员 管理者",
    "column": "列",
    "connect": "连接 接続",
    "convert": "转换 変換",
    "credential": "凭据 凭证 資格情報",
    "data source": "数据源 データソース",
    "data": "数据 データ",
    "deny": "拒绝 拒否",
    "element": "元素 要素 項目",
    "enough": "足够 十分",
    "error": "错误 エラー",
    "expire": "过期 期限切れ",
    "expression": "表达式 式",
    "field": "字段 フィールド",
    "file": "文件 ファイル",
    "find": "找到 存在 見つかり",
    "fold": "折叠 フォールディング",
    "function": "函数 関数",
    "gateway": "网关 ゲートウェイ",
    "invalid": "无效 無効",
    "key": "键 キー",
    "match": "匹配 一致",
    "memory": "内存 メモリ",
    "not find": "找不到",
    "not": "无法 没有 未 不 ません",
    "password": "密码 パスワード",
    "path": "路径 パス",
    "permission": "权限 アクセス許可",
    "query": "查询 クエリ",
    "record": "记录 レコード",
    "refer": "引用 参照",
    "row": "行",
    "server": "服务器 サーバー",
    "step": "步骤 ステップ",
    "table": "表 テーブル",
    "type": "类型 型",
    "user": "用户 ユーザー",
    "value": "值 値",
}
"""The same for Chinese and Japanese, which part no words."""
_UNPARTED = {sign: f" {term} " for term, signs in _SAID_WITHOUT_BLANKS.items() for sign in signs.split()}
_SIGNS = re.compile("|".join(sorted(_UNPARTED, key=lambda sign: (-len(sign), sign))))
_EVERYWHERE = (
    "a about above after again all also an and any are as at be been before being below both but by can contact could detail details did do does each for from had has have he her"
    " here his i if in into is it its just may message might more most must my of on one only onto or our over own per please same she should so some such support than that the"
    " their them then there these they this those to too try under use used using very via was we were what when where which while who whose will with would you your"
    " au aux ce cet cette con da das de del dem den der des di die do dos du e ein eine einem einer eines el en er es est et fur gli ha haben hat het il ist la las le les lo los"
    " mit na nach o op os oder ou para por que se sie sind sono su sur te um uma un una und une uno van von wurde werden zu"
)
_OF_EVERY_SENTENCE = frozenset(_EVERYWHERE.split())
_NEGATED = frozenset({"cant", "couldnt", "didnt", "doesnt", "isnt", "wasnt", "wont"})
_AFFIRMED = dict.fromkeys({"can't", "won't", "shan't", *_NEGATED}, "")
_WORD = re.compile(r"[a-z]{1,60}?n't|[a-z]++")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|_")
_ENDINGS = (
    (re.compile(r"(?<=[a-z]{3})ies\Z"), "y"),
    (re.compile(r"(?<=[a-z]{4})(?:ations?|ingly|ing|edly|ed|es|s|ly)\Z"), ""),
    (re.compile(r"(?<=[a-z]{4})e\Z"), ""),
    (re.compile(r"(?<=[a-z]{4})([bdfgklmnprt])\1\Z"), r"\1"),
)
_SCAFFOLD = re.compile(
    r"OLE ?DB (?:or|of|oder|ou|und|o|u|或|または) ODBC[- ]?(?:error|fehler|错误|エラー)?|(?:Error de )?\[?(?:Expression|DataSource)\.Error\]?"
    r"|Data source error|Processing error|Failed to save modifications to the server|Error returned"
    r"|The exception was raised by the \w{1,40} interface|please try again(?: later)?|if you contact support|please provide these details"
    r"|(?:Cluster URI|URI du cluster|(?:Activity|Request|Correlation|Trace) ID|Time(?:stamp)?|Version)\s?: ?\S{1,120}"
    r"|Load was cancelled by an error in loading a previous table"
    r"|Operation on target .{1,60}? failed|Failure happened on '\w{1,20}' side|Type=[\w.]{1,120},Message=|,Source=[\w.]{0,120}"
    r"|Encountered an error(?: while)?|An error occurred|Exception type|\bStatus ?Code: \d{3}|\bError ?Code\b"
    r"|\b(?:invalid_(?:grant|client|request|scope|resource)|interaction_required|access_denied|unauthorized_client|server_error)\b|\bMsal\w{0,40}"
    r"|power ?bi|semantic model|\bdbt\b|databricks|snowflake|\bfabric\b|\b(?:py)?spark\b|microsoft|\bentra\b|data factory|\bazure\b|AnalysisException",
    re.IGNORECASE,
)
"""What stands around messages of a product whatever they say: it tells whose message it is, not which."""
_NOISE = re.compile(
    r"https?://\S{1,500}|\\\\\S{1,300}|\b[A-Za-z]:\\\S{1,300}|(?<![\w/])/[\w.-]{1,100}/\S{1,300}|[\w.+-]{1,64}@[\w.-]{1,200}"
    r"|\b[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}\b|<[^<>]{1,60}>|\bFile \"[^\"]{1,200}\", line \d{1,6}"
    r"|\bat [\w.$`<>\[\]]{1,300}\([^)]{0,300}\)(?: \[[^\]]{0,120}\])?"
)
_QUOTED = re.compile(
    r"""(?<!\w)(?:'([^']{0,80})'|"([^"]{0,80})"|`([^`]{0,80})`|«([^»]{0,80})»)(?!\w)|「([^」]{0,80})」"""
)
_PACKAGE = re.compile(r"\b(?:[a-z_][\w$]{0,60}\.){2,12}(?=[A-Za-z_])")
_END = re.compile(r"(?<=[.!?;])\s+|(?<=。)|\n\s*\n|\n(?=\[?\d{1,4}[-/:.]\d\d)")
"""The end of a sentence, of a paragraph, or of a log record."""
_FAILURE = re.compile(
    r"error|fail|exception|cannot|can't|couldn|could not|unable|\bnot\b|n't|invalid|denied|forbidden|missing|expir|exceed|refus|already|unexpected|unsupported|block|disabled|locked"
    r"|\bmust\b|required|\bno\b|\btoo\b|undefined|terminated|lost|offline|limit|duplicate|revoked|out of|nicht|kein|fehler|introuvable|\bpas\b|impossib|não|\bnon\b|niet|geen|错误|失败|无法|没有|找不到|エラー|ません",
    re.IGNORECASE,
)
_NO_FAILURE = re.compile(
    r"\b(?:0|no) (?:errors?|failures?)\b|\bERROR=0|\bsucceeded|\bsuccessfully|(?-i:\b(?:INFO|DEBUG|TRACE|WARN|WARNING)\b)",
    re.IGNORECASE,
)
_PROSE = re.compile(
    r"\?\s*\Z|\bI\b(?!/)|\A[\s>*#!-]*(?:\[!\w+\][\s>]*)?(?:to|if|when|use|set|for|in|you can|before|after|how|wenn|um|si|para)\b"
    r"|\b(?:should|you can|for example|let's|make sure you|e\.g\.|however|therefore|sometimes|usually|workaround|recommend)",
    re.IGNORECASE,
)
"""How people ask and explain, and programs seldom print."""
_WORDS_OF_A_VALUE = 3
_LONGEST_SENTENCE = 80
_REACH = 4096


class Sentence(Struct, frozen=True):
    """The terms of a sentence in their order, and whether it speaks of something that failed."""

    terms: tuple[str, ...]
    failure: bool


def sentences(text: str) -> Iterator[Sentence]:
    """What a text says, sentence by sentence, without what stands around messages and without questions and explanations; of a long one, beginning and end."""
    if len(text) > 2 * _REACH:
        text = f"{text[:_REACH]}\n\n{text[-_REACH:]}"
    for sentence in _END.split(text):
        plain = without_values(" ".join(sentence.split()))
        if _PROSE.search(plain) is None:
            found = terms(plain)
            for begin in range(0, len(found), _LONGEST_SENTENCE):
                part = tuple(found[begin : begin + _LONGEST_SENTENCE])
                yield Sentence(part, _FAILURE.search(plain) is not None and _NO_FAILURE.search(plain) is None)


def without_values(text: str) -> str:
    """A text without quoted values, addresses, paths, ids, stack frames and packages of classes."""
    return _QUOTED.sub(_unquoted, _SCAFFOLD.sub(" ", _PACKAGE.sub("", _NOISE.sub(" ", text))))


def _unquoted(found: re.Match[str]) -> str:
    """Nothing for a value; what is longer is itself a message."""
    inside: str = found[found.lastindex or 0]
    return f" {inside} " if inside.count(" ") >= _WORDS_OF_A_VALUE else " "


def terms(text: str) -> list[str]:
    """The terms of a text; names such as *WorkspaceNotFound* are the words they are made of."""
    text = _SIGNS.sub(lambda found: _UNPARTED[found[0]], text)
    plain = unicodedata.normalize("NFKD", _HUMP.sub(" ", text).replace("\u2019", "'")).lower()
    found: list[str] = []
    for word in _WORD.findall("".join(sign for sign in plain if not unicodedata.combining(sign))):
        negated = word.endswith("n't") or word in _NEGATED
        if negated:
            found.append("not")
        affirmed = _AFFIRMED.get(word, word[:-3]) if negated else word
        if len(affirmed) > 1 and affirmed not in _OF_EVERY_SENTENCE:
            found.append(_MEANT.get(affirmed) or _stem(affirmed))
    return found


def _stem(word: str) -> str:
    """A word without its ending, so that *register*, *registered* and *registering* are one."""
    for ending, instead in _ENDINGS:
        word = ending.sub(instead, word)
    return _MEANT.get(word, word)
