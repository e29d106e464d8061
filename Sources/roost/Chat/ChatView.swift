/// How a chat is shown and fed: a terminal, or plain lines.
protocol ChatView: AnyObject {
    /// Shows the lines as they are now; `changed` are those that are new or have another tick.
    func show(_ lines: [ChatLine], changed: [Int], status: ChatStatus)
    /// Makes of keys what they mean.
    func take(_ keys: [UInt8]) -> [ChatInput]
    /// Gives the terminal back.
    func close()
}

/// What keys come to.
enum ChatInput: Equatable {
    case line(String)
    case end
    /// A line is being written.
    case typing
}

/// The line about the session itself.
struct ChatStatus: Equatable {
    var user: String
    var peer: String?
    var connection: String
    var unsent: Int
    /// How it stands with the one who is talked to; empty when that is not known.
    var standing = ""

    /// In one line.
    var text: String {
        let waiting = unsent == 0 ? "" : ", \(unsent) unsent"
        let other = peer.map { "→ \($0)\(standing.isEmpty ? "" : " (\(standing))")" } ?? "(nobody: /to NAME)"
        return "\(user) \(other) · \(connection)\(waiting)"
    }
}
