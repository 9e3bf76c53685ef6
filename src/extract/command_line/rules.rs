//! The built-in rules. Patterns ignore case; none looks back, so that their time is linear.

/// A built-in rule.
pub(super) struct BuiltIn {
    pub(super) name: &'static str,
    pub(super) pattern: &'static str,
    pub(super) score: u8,
    /// MITRE ATT&CK.
    pub(super) technique: &'static str,
    pub(super) description: &'static str,
}

macro_rules! rules {
    ($($name:ident $score:literal $technique:literal $pattern:literal $description:literal)*) => {
        /// The built-in rules, those for Linux first.
        pub(super) const ALL: &[BuiltIn] = &[$(BuiltIn {
            name: stringify!($name),
            pattern: concat!("(?i)", $pattern),
            score: $score,
            technique: $technique,
            description: $description,
        },)*];
    };
}

rules! {
    authorized_keys 50 "T1098.004" r"authorized_keys"
        "Touches the keys that may log on by SSH."
    download_to_shell 80 "T1059.004" r"\b(wget|curl|fetch)\b.*\|\s*(sudo\s+)?([/\w]*/)?(ba|z|k|da|c|tc)?sh\b|\b(ba|z|k|da)?sh\b.*[<$]\(\s*(curl|wget)\b"
        "Runs what it downloads."
    download_script 50 "T1105" r"\b(wget|curl|fetch)\b.*(\.(sh|py|pl|rb|elf)\b|&&\s*(sudo\s+)?(chmod|sh|bash|\./))"
        "Downloads a script or program."
    fork_bomb 90 "T1499" r":\s*\(\s*\)\s*\{\s*:\s*\|\s*:\s*&\s*\}\s*;\s*:"
        "Starts itself until nothing else runs."
    moved_to_null 60 "T1070.004" r"\bmv\b.*\s/dev/null\b"
        "Makes a file vanish."
    shell 30 "T1059.004" r"/bin/(ba|z|k|da|c|tc)?sh\b"
        "Starts a shell."
    reverse_shell 90 "T1059.004" r"/dev/(tcp|udp)/|\b(nc|ncat|netcat)\b.*\s-\w*[ec]\b|\bsocat\b.*\bexec:|\b(python\d?|perl|ruby|php)\b.*\bsocket\b.*(exec|spawn|dup2|/bin/)"
        "Connects a shell to another machine."
    encoded_to_shell 80 "T1027" r"base64\s+(-d|--decode|-D)\b.*\|\s*(sudo\s+)?(ba|z|k|da)?sh\b"
        "Runs what it decodes."
    history_cleared 60 "T1070.003" r"\bhistory\s+-[cwr]\b|\bunset\s+HISTFILE\b|\bHIST(FILE)?SIZE=0\b|\bHISTFILE=/dev/null\b|(rm|shred|>|ln)\s.*\.(bash|zsh)_history\b"
        "Removes the history of commands."
    setuid 50 "T1548.001" r"\bchmod\b.*\s([ugoa]*\+\w*s|[2467][0-7]{3})\b"
        "Gives a program the rights of its owner."
    sudoers 60 "T1548.003" r"/etc/sudoers|\bvisudo\b"
        "Touches who may use sudo."
    password_files 50 "T1003.008" r"/etc/(shadow|gshadow)\b|(>|\btee\b|\bsed\b.*-i).*/etc/passwd\b"
        "Touches accounts and their passwords."
    cron 40 "T1053.003" r"\bcrontab\s+(-[eri]|[^-\s])|/etc/cron|/var/spool/cron"
        "Changes what runs by the clock."
    kernel_module 50 "T1547.006" r"\b(insmod|modprobe)\b"
        "Loads a module into the kernel."
    disk_wiped 80 "T1485" r"\bdd\b.*\bof=/dev/([shv]d|nvme|xvd|mmcblk)|\bmkfs(\.\w+)?\s|\brm\s+(-\w+\s+)*(--no-preserve-root\s+)?/(\*|\s|$)|\bshred\b.*\s/dev/"
        "Destroys what is stored."
    defences_off 60 "T1562.004" r"\biptables\s+-F\b|\bufw\s+disable\b|\bsetenforce\s+0\b|\bsystemctl\s+(stop|disable|mask)\s+\S*(auditd|firewalld|apparmor|rsyslog|falco|mdatp|omsagent)|\bauditctl\s+-[De]\b"
        "Turns off firewall, audit or protection."
    preload 60 "T1574.006" r"\bLD_PRELOAD=|/etc/ld\.so\.preload"
        "Puts a library into other programs."
    miner 90 "T1496" r"stratum\+(tcp|ssl)|\bxmrig\b|\bminerd\b|--donate-level"
        "Mines cryptocurrency."
    encoded_powershell 60 "T1059.001" r#"\b(powershell|pwsh)(\.exe)?"?\s.*[-/](e|ec|enc|enco\w*)\s+"?[A-Za-z0-9+/=]{8,}"#
        "Hides its commands in base64."
    powershell_download 60 "T1105" r"\bdownload(string|file|data)\b|\binvoke-webrequest\b|\biwr\b|\binvoke-restmethod\b|\birm\b|\bstart-bitstransfer\b|\bnet\.webclient\b"
        "Downloads with PowerShell."
    invoke_expression 50 "T1059.001" r"\binvoke-expression\b|\biex\b"
        "Runs a text as PowerShell."
    hidden_powershell 40 "T1564.003" r"\b(powershell|pwsh)(\.exe)?.*\s[-/](w|win\w*)\s+(h\w*|1)\b|\s[-/](ep|ex\w*)\s+(bypass|unrestricted)\b"
        "Hides its window or the policy's view."
    amsi_bypass 90 "T1562.001" r"amsiutils|amsiinitfailed|amsiscanbuffer"
        "Gets past the malware scan of scripts."
    certutil 70 "T1140" r"\bcertutil(\.exe)?\b.*[-/](urlcache|decode|decodehex|encode|verifyctl)\b"
        "Downloads or decodes with certutil."
    bitsadmin 60 "T1197" r"\bbitsadmin(\.exe)?\b.*/(transfer|addfile|setnotifycmdline)\b"
        "Downloads in the background."
    proxied_execution 70 "T1218" r"\bregsvr32(\.exe)?\b.*(/i:\s*https?:|scrobj)|\bmshta(\.exe)?\b.*(https?:|javascript:|vbscript:)|\brundll32(\.exe)?\b.*(javascript:|url\.dll|advpack)|\binstallutil(\.exe)?\b.*/logfile=|\bmsiexec(\.exe)?\b.*https?:"
        "Runs code through a program of Windows."
    shadow_copies_deleted 90 "T1490" r"\bvssadmin(\.exe)?\b.*\b(delete|resize)\s+shadow|\bwmic(\.exe)?\b.*shadowcopy.*delete|\bwbadmin(\.exe)?\s+delete\b|\bbcdedit(\.exe)?\b.*(recoveryenabled\s+no|ignoreallfailures)"
        "Takes away what could be restored."
    credentials_dumped 90 "T1003" r"mimikatz|sekurlsa::|lsadump::|\bprocdump\d*(\.exe)?\b.*lsass|comsvcs(\.dll)?.*minidump|\bntds\.dit\b|\breg(\.exe)?\s+save\s+.*(hklm|hkey_local_machine)\\(sam|security|system)\b"
        "Takes credentials from memory or registry."
    logs_cleared 80 "T1070.001" r"\bwevtutil(\.exe)?\s+(cl|clear-log)\b|\bclear-eventlog\b|\bremove-eventlog\b"
        "Clears event logs."
    defender_off 80 "T1562.001" r"\b(set|add)-mppreference\b.*(disable|exclusion)|disablerealtimemonitoring|\bsc(\.exe)?\s+(stop|delete)\s+(windefend|sense)\b|disableantispyware"
        "Turns off or blinds Defender."
    account_added 60 "T1136.001" r"\bnet1?(\.exe)?\s+(user|localgroup|group)\b.*\s/add\b|\bnew-localuser\b|\buseradd\b|\badduser\b"
        "Adds an account or a member."
    scheduled_task 40 "T1053.005" r"\bschtasks(\.exe)?\b.*/create\b|\bregister-scheduledtask\b"
        "Plans a task."
    service_created 40 "T1543.003" r"\bsc(\.exe)?\s+(\\\\\S+\s+)?(create|config)\b|\bnew-service\b"
        "Makes or changes a service."
    run_key 50 "T1547.001" r"\\currentversion\\(run|runonce|runservices)\b"
        "Starts with every logon."
    lateral_movement 60 "T1021" r"\bpsexec\w*(\.exe)?\b|\bwmic(\.exe)?\b.*/node:|\bwinrs(\.exe)?\b|\b(enter|new)-pssession\b|\binvoke-command\b.*-computername\b"
        "Acts on another machine."
    discovery 20 "T1087" r"\bwhoami\b|\bsysteminfo\b|\bnltest(\.exe)?\b|\bnet1?(\.exe)?\s+(group|view|accounts|localgroup)\b|\bquery\s+user\b|\badfind\b|\bsharphound\b"
        "Looks around."
}
