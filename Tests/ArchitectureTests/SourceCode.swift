/// Swift text with comments and the letters of string literals blanked out, so that rules about code do not see words
/// about it. Lines and columns stay where they were; what is interpolated into a string stays, for it is code.
struct SourceCode {
    let lines: [Substring]

    init(_ text: String) {
        var blanker = Blanker(Array(text.utf8))
        lines = String(decoding: blanker.blanked(), as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
    }

    /// The lines that the pattern is found in, counted from 1.
    func lines(with pattern: some RegexComponent) -> [Int] {
        lines.indices.filter { lines[$0].contains(pattern) }.map { $0 + 1 }
    }

    /// The modules that are imported, each with its line.
    var imports: [(module: String, line: Int)] {
        let pattern =
            /^\s*(?:@\w+(?:\([^)]*\))?\s+|public\s+|package\s+|internal\s+|private\s+|fileprivate\s+)*import\s+(?:(?:struct|class|enum|protocol|typealias|func|let|var)\s+)?([A-Za-z_]\w*)/
        return lines.enumerated().compactMap { index, line in
            line.firstMatch(of: pattern).map { (String($0.output.1), index + 1) }
        }
    }
}

/// A lexer that knows just enough of Swift to tell code from comments and strings.
private struct Blanker {
    private var bytes: [UInt8]
    private var offset = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func blanked() -> [UInt8] {
        passCode(untilParenthesis: false)
        return bytes
    }

    /// Passes code up to the end, or up to the parenthesis that ends an interpolation.
    private mutating func passCode(untilParenthesis: Bool) {
        var depth = 0
        while offset < bytes.count {
            if starts("//") {
                while offset < bytes.count, bytes[offset] != UInt8(ascii: "\n") { blank() }
            } else if starts("/*") {
                blankBlockComment()
            } else if let hashes = hashesBeforeQuote() {
                blankString(hashes: hashes)
            } else {
                if bytes[offset] == UInt8(ascii: "(") { depth += 1 }
                if bytes[offset] == UInt8(ascii: ")") {
                    if untilParenthesis, depth == 0 { return }
                    depth -= 1
                }
                offset += 1
            }
        }
    }

    private mutating func blankBlockComment() {
        var depth = 0
        repeat {
            if starts("/*") {
                depth += 1
                blank(2)
            } else if starts("*/") {
                depth -= 1
                blank(2)
            } else {
                blank()
            }
        } while depth > 0 && offset < bytes.count
    }

    /// The number of `#` before a quote that begins here; nil where no string begins.
    private func hashesBeforeQuote() -> Int? {
        var end = offset
        while end < bytes.count, bytes[end] == UInt8(ascii: "#") { end += 1 }
        return end < bytes.count && bytes[end] == UInt8(ascii: "\"") ? end - offset : nil
    }

    private mutating func blankString(hashes: Int) {
        let marks = String(repeating: "#", count: hashes)
        offset += hashes
        let quote = starts(#"""""#) ? #"""""# : "\""
        offset += quote.utf8.count
        while offset < bytes.count, !starts(quote + marks) {
            if starts("\\" + marks + "(") {
                blank(hashes + 2)
                passCode(untilParenthesis: true)
            } else if starts("\\" + marks) {
                blank(hashes + 2)
            } else {
                blank()
            }
        }
        offset = min(offset + quote.utf8.count + hashes, bytes.count)
    }

    private mutating func blank(_ count: Int = 1) {
        for _ in 0..<count where offset < bytes.count {
            if bytes[offset] != UInt8(ascii: "\n") { bytes[offset] = UInt8(ascii: " ") }
            offset += 1
        }
    }

    private func starts(_ text: String) -> Bool {
        bytes[offset...].starts(with: text.utf8)
    }
}
