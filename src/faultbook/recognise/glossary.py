"""A glossary: technical words of nine languages that mean the same, by the term that stands for all of them; words, not messages."""

from typing import Final

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
"""A term, and the words of English, German, Spanish, French, Portuguese, Italian and Dutch that mean it."""
MEANT: Final = {
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
UNPARTED: Final = {sign: f" {term} " for term, signs in _SAID_WITHOUT_BLANKS.items() for sign in signs.split()}
_OF_EVERY_SENTENCE = (
    "a about above after again all also an and any are as at be been before being below both but by can contact could detail details did do does each for from had has have he her"
    " here his i if in into is it its just may message might more most must my of on one only onto or our over own per please same she should so some such support than that the"
    " their them then there these they this those to too try under use used using very via was we were what when where which while who whose will with would you your"
    " au aux ce cet cette con da das de del dem den der des detalhes detalles dettagli di die do dos du e ein eine einem einer eines el en er es est et ete foi fur gli ha haben hat het il"
    " ist la las le les lo los"
    " mit na nach o op os oder ou para por que se sido sie sind sono stata stato su sur te um uma un una und une uno van von wurde werden zu"
)
SMALL: Final = frozenset(_OF_EVERY_SENTENCE.split())
"""Words of every sentence, which tell nothing."""
