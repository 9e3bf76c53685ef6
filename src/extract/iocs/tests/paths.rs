//! Paths of files.

use model::ObservableKind::{LinuxPath, WindowsPath};

use super::only;

#[test]
fn windows_paths_are_found() {
    for path in [
        r"C:\Windows\System32\cmd.exe",
        r"c:\users\bob\x",
        r"C:\Program Files (x86)\Foo Bar\baz.exe",
        r"C:\Windows\WinSxS\a{1-2}\b~1.tmp",
        r"C:/Users/bob/x.exe",
        r"\\server\share\x.exe",
        r"\\192.0.2.1\c$\x",
        r".\run.ps1",
        r"..\x\y.dll",
        r"%TEMP%\x.exe",
        r"%ProgramFiles(x86)%\x\y.exe",
        r"C:\\Windows\\System32\\cmd.exe",
        r"C:\\\\Windows\\\\x.exe",
        r"\\\\server\\share\\x.exe",
        r"C:\Users\Бob\x.exe",
        r"C:\Windows\",
    ] {
        assert_eq!(only(WindowsPath, path), [path]);
        assert_eq!(only(WindowsPath, &format!("ran {path} /s -x")), [path]);
        assert_eq!(only(WindowsPath, &format!("'{path}', x")), [path]);
    }
}

#[test]
fn a_windows_path_ends_where_the_command_goes_on() {
    for (text, path) in [
        (r"copy C:\a.exe C:\b.exe", r"C:\a.exe"),
        (r"C:\a\b.exe -o ..\x", r"C:\a\b.exe"),
        (r"C:\a\cmd /c dir", r"C:\a\cmd"),
        (r"rundll32 C:\x.dll,Entry", r"C:\x.dll"),
        (r#""C:\My Files\a report.docx" -x"#, r"C:\My Files\a report.docx"),
        (r#""C:\a\nc 192.0.2.1 80""#, r"C:\a\nc"),
        (r"(C:\a\b.exe)", r"C:\a\b.exe"),
        (r"see C:\a\b.exe.", r"C:\a\b.exe"),
        (r#"\"C:\\a b\\c.exe\" -x"#, r"C:\\a b\\c.exe"),
        (r#"{"path":"C:\\a\\b.exe\nnext"}"#, r"C:\\a\\b.exe"),
        (r"1,C:\a\b.exe,2", r"C:\a\b.exe"),
        (r"C:\bin;D:\x", r"C:\bin"),
        (r"\??\C:\a\b.exe", r"C:\a\b.exe"),
        (r"“C:\a\b.exe”", r"C:\a\b.exe"),
        (r"执行C:\用户a文\b.exe文件", r"C:\用户a文\b.exe"),
        (r"C:\O'Brien\x.exe'", r"C:\O'Brien\x.exe"),
    ] {
        assert_eq!(only(WindowsPath, text).first(), Some(&path), "{text}");
    }
}

#[test]
fn other_backslashes_make_no_windows_path() {
    for text in
        [r"CORP\bob", r"C:\", r"\n", r"foo.\nbar", r"HKLM\Software", r"\\server", r"a:b", r"\d+\.\d+", r"%\x", r".\\"]
    {
        assert_eq!(only(WindowsPath, text), [""; 0], "{text}");
    }
}

#[test]
fn linux_paths_are_found() {
    for path in ["/etc/passwd", "/tmp", "/usr/lib/x86_64-linux-gnu/libc.so.6", "/home/bob/.ssh/", r"\/var\/log\/x.log"]
    {
        for text in ["{}", "cat {} x", "exe=\"{}\"", "PATH={}:/x", ">{}", "({})", "{}, x", "see {}."] {
            assert_eq!(only(LinuxPath, &text.replace("{}", path)).first(), Some(&path), "{text}");
        }
    }
}

#[test]
fn other_slashes_make_no_linux_path() {
    for text in [
        "and/or",
        "1/2/2020",
        "/c",
        "cmd /c /s",
        "</div>",
        "//server/x",
        "application/json",
        "http://a.com/etc/passwd",
        "/",
        "/ /",
        "Chrome/1.2/3",
        "/____/_/_/",
        "TTY=pts/0",
    ] {
        assert_eq!(only(LinuxPath, text), [""; 0], "{text}");
    }
}
