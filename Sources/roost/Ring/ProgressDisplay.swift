import Foundation
import Glibc
import RoostOperator

/// Shows a move: one line drawn again and again on a terminal, a line now and then elsewhere, or JSON.
struct ProgressDisplay {
    private let isJSON: Bool
    private let isTerminal = isatty(STDOUT_FILENO) == 1
    private var shown: ContinuousClock.Instant?

    /// How often a line is written where lines stay.
    private static let linePause = Duration.seconds(5)
    private static let jsonPause = Duration.seconds(1)

    init(isJSON: Bool) {
        self.isJSON = isJSON
    }

    mutating func show(_ view: MoveView) throws {
        if isTerminal && !isJSON {
            Output.write("\r\u{1B}[K" + String(view.line(barWidth: 20).prefix(ProgressDisplay.columns - 1)))
            return
        }
        let pause = isJSON ? ProgressDisplay.jsonPause : ProgressDisplay.linePause
        if let shown, .now - shown < pause { return }
        shown = .now
        if isJSON, let report = ProgressReport(view) {
            Output.line(try JSONLine.text("progress", report))
        } else if !isJSON {
            Output.line(view.line())
        }
    }

    /// Makes room for what comes after the line that is drawn again and again.
    func close() {
        if isTerminal && !isJSON { Output.write("\r\u{1B}[K") }
    }

    private static var columns: Int {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 20 else { return 80 }
        return Int(size.ws_col)
    }
}
