<#
.SYNOPSIS
    Collects, on a server with Microsoft Entra Connect Sync, what Faultbook needs to judge errors of password writeback and synchronisation.

.DESCRIPTION
    Reads, changes nothing, connects to nothing but the addresses of the relay that password writeback uses itself, and writes ONE JSON file.
    It needs no module that Entra Connect has not installed, and Windows PowerShell 5.1. What a part cannot read is written under "errors"; the
    other parts go on. No password, key or token is read: the part on connectors writes names of accounts, never their secrets.

    Read it before you run it. Every part is one function below, in the order of the file.

.PARAMETER Out
    The file to write. Default: faultbook-evidence-<computer>-<time>.json in the current folder.

.PARAMETER Hours
    How far back to read the event log. Default: 48.

.PARAMETER User
    The affected user (user principal name or account name): their object, their rights and inheritance are read too.

.PARAMETER Relay
    Further host names of the relay to try on port 443, for instance <namespace>.servicebus.windows.net from event 31019.

.EXAMPLE
    powershell -ExecutionPolicy Bypass -File .\Collect-FaultbookEvidence.ps1 -User kim@contoso.example
    faultbook diagnose error.txt --evidence faultbook-evidence-SYNC01-20260302T090000Z.json
#>
[CmdletBinding()]
param(
    [string] $Out = '',
    [ValidateRange(1, 720)] [int] $Hours = 48,
    [string] $User = '',
    [string[]] $Relay = @()
)

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'
$now = [DateTime]::UtcNow
$since = $now.AddHours(-$Hours)
$troubles = New-Object System.Collections.ArrayList

function Get-Stamp([DateTime] $at) { $at.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'") }

# Runs one part. What it throws is written down and stops nothing else.
function Read-Part([string] $name, [scriptblock] $part) {
    try { return @(& $part) }
    catch {
        [void] $troubles.Add([ordered] @{ part = $name; message = $_.Exception.Message })
        return @()
    }
}

# Events of the writeback agent, the sync engine, and starts and stops of their services.
function Get-Events {
    $providers = 'PasswordResetService', 'ADSync', 'Directory Synchronization', 'Azure AD Connect', 'AzureADConnectAuthenticationAgent'
    $wanted = @(
        @{ LogName = 'Application'; StartTime = $since.ToLocalTime() },
        @{ LogName = 'System'; ProviderName = 'Service Control Manager'; StartTime = $since.ToLocalTime() }
    )
    foreach ($filter in $wanted) {
        try { $found = Get-WinEvent -FilterHashtable $filter -MaxEvents 20000 }
        catch { if ($_.FullyQualifiedErrorId -like 'NoMatchingEventsFound*') { continue } else { throw } }
        foreach ($event in $found) {
            if ($filter.LogName -eq 'Application' -and $providers -notcontains $event.ProviderName) { continue }
            [ordered] @{
                TimeCreated = Get-Stamp $event.TimeCreated; Id = $event.Id; ProviderName = $event.ProviderName; LogName = $event.LogName
                LevelDisplayName = $event.LevelDisplayName; MachineName = $event.MachineName; RecordId = $event.RecordId
                Message = [string] $event.Message
            }
        }
    }
}

# The services that synchronise and write back, with the accounts that they run as.
function Get-Services {
    $names = 'ADSync', 'AzureADConnectAgentUpdater', 'AzureADConnectHealthAgent', 'AADConnectProvisioningAgent', 'AzureADConnectAuthenticationAgent'
    Get-CimInstance -ClassName Win32_Service | Where-Object { $names -contains $_.Name } | ForEach-Object {
        [ordered] @{ name = $_.Name; displayName = $_.DisplayName; status = $_.State; startType = $_.StartMode; account = $_.StartName }
    }
}

# Installed versions, from the list of programs and from the engine's own file.
function Get-Versions {
    $roots = 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\*', 'HKLM:\SOFTWARE\WOW6432Node\Microsoft\Windows\CurrentVersion\Uninstall\*'
    Get-ItemProperty -Path $roots -ErrorAction SilentlyContinue |
        Where-Object { $_.PSObject.Properties['DisplayName'] -and $_.DisplayName -match '(Azure AD|Entra|Azure Active Directory) (Connect|provisioning)' } |
        ForEach-Object { [ordered] @{ DisplayName = $_.DisplayName; DisplayVersion = [string] $_.DisplayVersion } }
    $engine = Join-Path $env:ProgramFiles 'Microsoft Azure AD Sync\Bin\miiserver.exe'
    if (Test-Path -LiteralPath $engine) {
        $version = (Get-Item -LiteralPath $engine).VersionInfo
        [ordered] @{ FileName = $version.FileName; ProductVersion = $version.ProductVersion }
    }
}

# TLS 1.2 as .NET and Windows are told to use it. A value that is not there is null: then the system's default holds.
function Get-Tls {
    function Get-Value([string] $path, [string] $name) {
        $item = Get-ItemProperty -Path $path -Name $name -ErrorAction SilentlyContinue
        if ($item) { $item.$name } else { $null }
    }
    $net = 'HKLM:\SOFTWARE\Microsoft\.NETFramework\v4.0.30319'
    $net32 = 'HKLM:\SOFTWARE\WOW6432Node\Microsoft\.NETFramework\v4.0.30319'
    $tls = 'HKLM:\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2'
    [ordered] @{
        systemDefaultTlsVersions = Get-Value $net 'SystemDefaultTlsVersions'; schUseStrongCrypto = Get-Value $net 'SchUseStrongCrypto'
        systemDefaultTlsVersions32 = Get-Value $net32 'SystemDefaultTlsVersions'; schUseStrongCrypto32 = Get-Value $net32 'SchUseStrongCrypto'
        clientEnabled = Get-Value "$tls\Client" 'Enabled'; clientDisabledByDefault = Get-Value "$tls\Client" 'DisabledByDefault'
        serverEnabled = Get-Value "$tls\Server" 'Enabled'; serverDisabledByDefault = Get-Value "$tls\Server" 'DisabledByDefault'
    }
}

# Staging mode, and whether password writeback is on for each connector to the cloud.
function Get-Settings {
    $scheduler = Get-ADSyncScheduler
    [ordered] @{
        StagingModeEnabled = $scheduler.StagingModeEnabled; SyncCycleEnabled = $scheduler.SyncCycleEnabled
        SchedulerSuspended = $scheduler.SchedulerSuspended; NextSyncCyclePolicyType = [string] $scheduler.NextSyncCyclePolicyType
        CurrentlyEffectiveSyncCycleInterval = [string] $scheduler.CurrentlyEffectiveSyncCycleInterval
    }
    foreach ($connector in @(Get-ADSyncConnector | Where-Object { $_.Name -like '* - AAD' })) {
        $writeback = Get-ADSyncAADPasswordResetConfiguration -Connector $connector.Name
        [ordered] @{ Connector = $connector.Name; Enabled = $writeback.Enabled }
    }
}

# The account that each connector to Active Directory uses: its name, never its password.
function Get-Connectors {
    Get-ADSyncADConnectorAccount | ForEach-Object {
        [ordered] @{
            ADConnectorName = $_.ADConnectorName; ADConnectorForest = $_.ADConnectorForest
            ADConnectorAccountName = $_.ADConnectorAccountName; ADConnectorAccountDomain = $_.ADConnectorAccountDomain
        }
    }
}

# One object of Active Directory, by a filter; with ADSI, so that no module is needed.
function Find-Object([string] $filter, [string[]] $attributes) {
    $searcher = New-Object System.DirectoryServices.DirectorySearcher -ArgumentList $filter
    $searcher.SecurityMasks = 'Dacl', 'Owner', 'Group'
    $attributes | ForEach-Object { [void] $searcher.PropertiesToLoad.Add($_) }
    $found = $searcher.FindOne()
    if (-not $found) { throw "No object for $filter was found." }
    $found
}

function Protect-Filter([string] $text) {
    $text -replace '\\', '\5c' -replace '\*', '\2a' -replace '\(', '\28' -replace '\)', '\29'
}

function Get-Sid([byte[]] $bytes) { (New-Object System.Security.Principal.SecurityIdentifier -ArgumentList $bytes, 0).Value }

function Get-One($found, [string] $name) { if ($found.Properties[$name].Count) { $found.Properties[$name][0] } else { $null } }

# The connector accounts with their SIDs and every group of their tokens.
function Get-Accounts($connectors) {
    foreach ($connector in $connectors) {
        $name = Protect-Filter $connector.ADConnectorAccountName
        $found = Find-Object "(&(objectClass=user)(sAMAccountName=$name))" @('distinguishedName', 'objectSid')
        $entry = $found.GetDirectoryEntry()
        $entry.RefreshCache([string[]] @('tokenGroups'))
        [ordered] @{
            DistinguishedName = Get-One $found 'distinguishedname'; SamAccountName = $connector.ADConnectorAccountName
            SID = Get-Sid (Get-One $found 'objectsid'); ObjectClass = 'user'
            tokenGroups = @($entry.Properties['tokenGroups'] | ForEach-Object { Get-Sid $_ })
        }
    }
}

# The affected user, and the rights on it and on the root of the domain, as SDDL.
function Get-AffectedUser {
    $safe = Protect-Filter $User
    $found = Find-Object "(&(objectCategory=person)(|(userPrincipalName=$safe)(sAMAccountName=$safe)))" @(
        'distinguishedName', 'userPrincipalName', 'sAMAccountName', 'objectClass', 'objectSid', 'adminCount', 'memberOf', 'userAccountControl')
    [ordered] @{
        DistinguishedName = Get-One $found 'distinguishedname'; UserPrincipalName = Get-One $found 'userprincipalname'
        SamAccountName = Get-One $found 'samaccountname'; ObjectClass = @($found.Properties['objectclass'])
        SID = Get-Sid (Get-One $found 'objectsid'); adminCount = Get-One $found 'admincount'
        memberOf = @($found.Properties['memberof']); userAccountControl = Get-One $found 'useraccountcontrol'
    }
}

function Get-Rights($users) {
    $names = @($users | Where-Object { $_ } | ForEach-Object { $_.DistinguishedName })
    $names += [string] ([ADSI] 'LDAP://RootDSE').defaultNamingContext
    foreach ($name in $names) {
        $entry = [ADSI] "LDAP://$($name -replace '/', '\/')"
        $entry.PSBase.Options.SecurityMasks = 'Dacl', 'Owner', 'Group'
        $security = $entry.PSBase.ObjectSecurity
        [ordered] @{ DistinguishedName = $name; Sddl = $security.GetSecurityDescriptorSddlForm('Access, Owner, Group') }
    }
}

# Whether this server reaches the relay: name, connection, and an answer. The relay answers 401 to a request without a token; that is success.
function Get-Reach($events) {
    $hosts = @('passwordreset.microsoftonline.com') + $Relay
    foreach ($event in @($events | Where-Object { $_ -and $_.Id -eq 31019 })) {
        if ($event.Message -match '([a-z0-9-]+\.servicebus\.[a-z.]+[a-z])') { $hosts += $Matches[1] }
    }
    foreach ($name in ($hosts | Sort-Object -Unique)) {
        $seen = [ordered] @{ host = $name; port = 443; name = $false; connected = $false; status = $null; detail = '' }
        try {
            [void] [System.Net.Dns]::GetHostAddresses($name); $seen.name = $true
            $socket = New-Object System.Net.Sockets.TcpClient
            try {
                if (-not $socket.ConnectAsync($name, 443).Wait(5000)) { throw 'No connection within 5 s.' }
                $seen.connected = $true
            } finally { $socket.Close() }
            try { $seen.status = [int] (Invoke-WebRequest -Uri "https://$name/" -UseBasicParsing -TimeoutSec 10).StatusCode }
            catch {
                $response = $_.Exception.PSObject.Properties['Response']
                if ($response -and $response.Value) { $seen.status = [int] $response.Value.StatusCode } else { throw }
            }
        } catch { $seen.detail = $_.Exception.Message }
        $seen
    }
}

$events = Read-Part 'events' { Get-Events }
$connectors = Read-Part 'connectors' { Get-Connectors }
$users = @(); if ($User) { $users = Read-Part 'users' { Get-AffectedUser } }
$document = [ordered] @{
    faultbook = 'collector-1'; computer = $env:COMPUTERNAME; collectedAt = Get-Stamp $now; since = Get-Stamp $since
    services = Read-Part 'services' { Get-Services }
    versions = Read-Part 'versions' { Get-Versions }
    tls = @(Read-Part 'tls' { Get-Tls })
    settings = Read-Part 'settings' { Get-Settings }
    connectors = $connectors
    accounts = Read-Part 'accounts' { Get-Accounts $connectors }
    users = $users
    rights = Read-Part 'rights' { Get-Rights $users }
    reach = Read-Part 'reach' { Get-Reach $events }
    events = $events
    errors = $troubles
}
if (-not $Out) { $Out = "faultbook-evidence-$($env:COMPUTERNAME)-$($now.ToString("yyyyMMdd'T'HHmmss'Z'")).json" }
$text = $document | ConvertTo-Json -Depth 6
[System.IO.File]::WriteAllText([System.IO.Path]::Combine((Get-Location).ProviderPath, $Out), $text, (New-Object System.Text.UTF8Encoding -ArgumentList $false))
Write-Output "Wrote $Out ($(@($events | Where-Object { $_ }).Count) events, $($troubles.Count) parts that could not be read)."
