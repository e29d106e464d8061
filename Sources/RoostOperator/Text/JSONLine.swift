import Foundation

/// What a command with `--json` prints: objects of one key, which names what they are, one a line.
public enum JSONLine {
    /// One line, without its end.
    public static func text(_ kind: String, _ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode([kind: value]), as: UTF8.self)
    }
}
