import ArgumentParser
import Foundation
import Glibc

/// Where a command finds a password.
enum Password {
    /// The one given, or `ROOST_PASSWORD`, or what is typed without echo.
    static func find(_ given: String?, prompt: String) throws -> String {
        if let given { return given }
        if let environment = ProcessInfo.processInfo.environment["ROOST_PASSWORD"] { return environment }
        guard isatty(STDIN_FILENO) == 1, let typed = getpass(prompt) else {
            throw ValidationError("no password: give --password, or set ROOST_PASSWORD")
        }
        return String(cString: typed)
    }
}
