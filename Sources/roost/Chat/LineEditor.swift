/// The line being typed: bytes of the keyboard in, finished lines out. Knows the keys that a person expects of a prompt.
struct LineEditor {
    /// The text so far.
    private(set) var text: [Character] = []
    /// Where the next character goes, `0...text.count`.
    private(set) var cursor = 0
    private var pending: [UInt8] = []
    private var earlier: [String] = []
    private var place = 0

    /// Lines that the arrow keys bring back.
    private static let earlierMax = 100

    /// Takes bytes as they come; a character or an escape sequence may arrive in pieces.
    mutating func take(_ bytes: [UInt8]) -> [ChatInput] {
        pending += bytes
        var inputs: [ChatInput] = []
        while let first = pending.first {
            if first == 0x1B {
                guard let length = escapeLength() else { break }
                escape(Array(pending.prefix(length)))
                pending.removeFirst(length)
            } else if first < 0x20 || first == 0x7F {
                pending.removeFirst()
                if let input = control(first) { inputs.append(input) }
            } else {
                let length = LineEditor.characterLength(first)
                guard pending.count >= length else { break }
                insert(String(decoding: pending.prefix(length), as: UTF8.self))
                pending.removeFirst(length)
            }
        }
        return inputs
    }

    private mutating func insert(_ string: String) {
        // A combining character joins the one before it.
        let joined = Array(String(text[..<cursor]) + string)
        let rest = text[cursor...]
        cursor = joined.count
        text = joined + rest
    }

    private mutating func control(_ byte: UInt8) -> ChatInput? {
        switch byte {
        case 0x0D, 0x0A:
            let line = String(text)
            replace(with: "")
            if !line.isEmpty, earlier.last != line { earlier.append(line) }
            if earlier.count > LineEditor.earlierMax { earlier.removeFirst() }
            place = earlier.count
            return .line(line)
        case 0x03: return .end
        case 0x04: return text.isEmpty ? .end : nil
        case 0x7F, 0x08:
            if cursor > 0 {
                cursor -= 1
                text.remove(at: cursor)
            }
        case 0x01: cursor = 0
        case 0x05: cursor = text.count
        case 0x0B: text.removeSubrange(cursor...)
        case 0x15:
            text.removeSubrange(..<cursor)
            cursor = 0
        case 0x17:
            while cursor > 0, text[cursor - 1] == " " { _ = control(0x7F) }
            while cursor > 0, text[cursor - 1] != " " { _ = control(0x7F) }
        default: break
        }
        return nil
    }

    private mutating func escape(_ sequence: [UInt8]) {
        switch sequence.dropFirst() {
        case [0x5B, 0x44]: cursor = max(0, cursor - 1)
        case [0x5B, 0x43]: cursor = min(text.count, cursor + 1)
        case [0x5B, 0x48], [0x5B, 0x31, 0x7E]: cursor = 0
        case [0x5B, 0x46], [0x5B, 0x34, 0x7E]: cursor = text.count
        case [0x5B, 0x41]: recall(place - 1)
        case [0x5B, 0x42]: recall(place + 1)
        case [0x5B, 0x33, 0x7E]: if cursor < text.count { text.remove(at: cursor) }
        default: break
        }
    }

    private mutating func recall(_ wanted: Int) {
        guard (0...earlier.count).contains(wanted) else { return }
        place = wanted
        replace(with: wanted < earlier.count ? earlier[wanted] : "")
    }

    private mutating func replace(with line: String) {
        text = Array(line)
        cursor = text.count
    }

    /// The length of the escape sequence at the start of what is pending; `nil` while it is not whole.
    private func escapeLength() -> Int? {
        guard pending.count >= 2 else { return nil }
        guard pending[1] == 0x5B || pending[1] == 0x4F else { return 2 }
        guard let final = pending.dropFirst(2).firstIndex(where: { (0x40...0x7E).contains($0) }) else {
            return pending.count > 16 ? pending.count : nil
        }
        return final + 1
    }

    private static func characterLength(_ first: UInt8) -> Int {
        switch first {
        case 0xC0...0xDF: 2
        case 0xE0...0xEF: 3
        case 0xF0...0xF7: 4
        default: 1
        }
    }
}
