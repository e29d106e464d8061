import Foundation
import Glibc

/// A program that is run to its end.
///
/// Not by Foundation's `Process`: that takes a program for running as long as anything that it has started holds a
/// descriptor of it, and a script of the cluster starts nodes, which stay.
enum Command {
    /// How often it is looked whether it has ended.
    private static let interval = Duration.milliseconds(10)

    /// Its status, or 128 and the signal that ended it, and what it said.
    static func run(
        _ words: [String], environment: [String: String]
    ) async throws -> (status: Int32, output: String) {
        let file = FileManager.default.temporaryDirectory.appending(path: "roost-bench-\(UUID().uuidString)").path
        let pid = try spawn(words, environment: environment, output: file)
        var status: Int32 = 0
        while waitpid(pid, &status, WNOHANG) == 0 { try await Task.sleep(for: interval) }
        let output = try ServerProcess.text(file)
        try FileManager.default.removeItem(atPath: file)
        let signal = status & 0x7F
        return (signal == 0 ? (status >> 8) & 0xFF : 128 + signal, output)
    }

    private static func spawn(
        _ words: [String], environment: [String: String], output: String
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        // The threads of this program take no signals; a shell needs them.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

        var arguments = words.map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var pid: pid_t = 0
        let error = posix_spawn(&pid, words[0], &actions, &attributes, &arguments, &variables)
        guard error == 0 else { throw BenchFailure("\(words[0]) cannot be run: \(String(cString: strerror(error)))") }
        return pid
    }
}
