import Foundation
import RoostClient

/// Lines in, lines out: for scripts, and where there is no terminal.
final class PlainView: ChatView {
    private var lastConnection = ""
    private var lastStanding = ""

    init(events: AsyncStream<ChatEvent>.Continuation) {
        let reader = Thread {
            while let line = readLine() { events.yield(.line(line)) }
            events.yield(.inputEnded)
        }
        reader.start()
    }

    func show(_ lines: [ChatLine], changed: [Int], status: ChatStatus) {
        if status.connection != lastConnection {
            lastConnection = status.connection
            write("* \(status.connection)")
        }
        if status.standing != lastStanding {
            lastStanding = status.standing
            if let peer = status.peer, !status.standing.isEmpty { write("* \(peer): \(status.standing)") }
        }
        for line in changed.map({ lines[$0] }) {
            switch line.kind {
            case .own(let id, let tick): write("#\(id) \(ChatLine.mark(tick)) \(line.peer)< \(line.text)")
            case .refused(let reason): write("! not sent to \(line.peer): \(line.text) (\(reason))")
            case .received: write("\(line.peer)> \(line.text)")
            case .elsewhere(let sent):
                write("elsewhere \(sent.map { "\(ChatLine.mark($0.tick)) " } ?? "")\(line.peer)< \(line.text)")
            case .note: write("* \(line.text)")
            }
        }
    }

    func take(_ keys: [UInt8]) -> [ChatInput] { [] }

    func close() {}

    private func write(_ text: String) {
        FileHandle.standardOutput.write(Data("\(text)\n".utf8))
    }
}
