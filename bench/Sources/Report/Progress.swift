import Foundation

/// One line that is written over on a terminal; elsewhere at most one line a second, so that a log stays readable.
final class Progress {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var nextLineAt = ContinuousClock.now

    func show(_ text: String) {
        if isTerminal { return write("\r\u{1B}[K\(text)") }
        guard ContinuousClock.now >= nextLineAt else { return }
        nextLineAt = ContinuousClock.now.advanced(by: .milliseconds(900))
        write("\(text)\n")
    }

    func end() {
        if isTerminal { write("\r\u{1B}[K") }
    }

    private func write(_ text: String) {
        FileHandle.standardError.write(Data(text.utf8))
    }
}
