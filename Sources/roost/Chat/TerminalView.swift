import Dispatch
import Foundation
import Glibc
import RoostClient

/// The whole screen: history above, one line about the session, and the line being typed below.
final class TerminalView: ChatView {
    private var editor = LineEditor()
    private var lines: [ChatLine] = []
    private var status = ChatStatus(user: "", peer: nil, connection: "", unsent: 0)
    private let former: termios
    private var sources: [any DispatchSourceSignal] = []
    private var isClosed = false

    init(events: AsyncStream<ChatEvent>.Continuation) throws {
        var settings = termios()
        guard tcgetattr(STDIN_FILENO, &settings) == 0 else { throw ChatFailure("the terminal cannot be set up") }
        former = settings
        cfmakeraw(&settings)
        tcsetattr(STDIN_FILENO, TCSANOW, &settings)
        write("\u{1B}[?1049h")
        for (number, event) in [(SIGWINCH, ChatEvent.resized), (SIGTERM, .quit), (SIGHUP, .quit)] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler { events.yield(event) }
            source.resume()
            sources.append(source)
        }
        let reader = Thread {
            var bytes = [UInt8](repeating: 0, count: 1024)
            while true {
                let count = read(STDIN_FILENO, &bytes, bytes.count)
                guard count > 0 else { break }
                events.yield(.keys(Array(bytes[..<count])))
            }
            events.yield(.quit)
        }
        reader.start()
    }

    func show(_ lines: [ChatLine], changed: [Int], status: ChatStatus) {
        self.lines = lines
        self.status = status
        draw()
    }

    func take(_ keys: [UInt8]) -> [ChatInput] {
        let before = editor.text
        let inputs = editor.take(keys)
        draw()
        // Commands are nobody else's business.
        let isWriting = editor.text != before && !editor.text.isEmpty && editor.text.first != "/"
        return isWriting ? inputs + [.typing] : inputs
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        write("\u{1B}[?1049l")
        var former = former
        tcsetattr(STDIN_FILENO, TCSADRAIN, &former)
    }

    private func draw() {
        var size = winsize()
        _ = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size)
        let rows = max(4, Int(size.ws_row))
        let columns = max(20, Int(size.ws_col))
        var shown: [String] = []
        for line in lines.reversed() {
            shown = wrap(text(of: line), columns) + shown
            if shown.count >= rows - 2 { break }
        }
        shown = shown.suffix(rows - 2)
        var output = "\u{1B}[?25l\u{1B}[H"
        for row in 0..<(rows - 2) {
            output += "\u{1B}[K" + (row < shown.count ? shown[row] : "") + "\r\n"
        }
        let bar = wrap(status.text, columns).first ?? ""
        output += "\u{1B}[7m\u{1B}[K\(bar)\u{1B}[0m\r\n\u{1B}[K"
        let (visible, column) = visibleInput(columns - 3)
        output += "> \(visible)\u{1B}[\(rows);\(column + 3)H\u{1B}[?25h"
        write(output)
    }

    private func text(of line: ChatLine) -> String {
        switch line.kind {
        case .own(_, let tick): "\(line.clock) → \(line.peer): \(line.text)  \(ChatLine.mark(tick))"
        case .refused(let reason): "\(line.clock) → \(line.peer): \(line.text)  ✗ \(reason)"
        case .received: "\(line.clock) \(line.peer): \(line.text)"
        case .elsewhere(let sent):
            "\(line.clock) → \(line.peer): \(line.text)  \(sent.map { ChatLine.mark($0.tick) } ?? "")  (from another device)"
        case .note: "\(line.clock) * \(line.text)"
        }
    }

    /// The end of the line being typed that fits, and the column of the cursor in it.
    private func visibleInput(_ columns: Int) -> (String, Int) {
        var start = editor.cursor
        var before = 0
        while start > 0, before + width(editor.text[start - 1]) <= columns {
            start -= 1
            before += width(editor.text[start])
        }
        var end = editor.cursor
        var used = before
        while end < editor.text.count, used + width(editor.text[end]) <= columns {
            used += width(editor.text[end])
            end += 1
        }
        return (String(editor.text[start..<end]), before)
    }

    private func wrap(_ text: String, _ columns: Int) -> [String] {
        var rows = [""]
        var used = 0
        for character in text {
            let width = width(character)
            if used + width > columns {
                rows.append("    ")
                used = 4
            }
            rows[rows.count - 1].append(character)
            used += width
        }
        return rows
    }

    /// Columns that a character takes: what is combined into it takes none, ideographs and emoji take two.
    private func width(_ character: Character) -> Int {
        character.unicodeScalars.map { scalar in
            switch scalar.properties.generalCategory {
            case .nonspacingMark, .enclosingMark, .format, .control: 0
            default: TerminalView.wide.contains { $0.contains(scalar.value) } ? 2 : 1
            }
        }.max() ?? 0
    }

    /// Unicode's East Asian wide ranges and the emoji, roughly.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
        0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x20000...0x3FFFD,
    ]

    private func write(_ text: String) {
        FileHandle.standardOutput.write(Data(text.utf8))
    }
}
