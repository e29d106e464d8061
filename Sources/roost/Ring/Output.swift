import Foundation

/// Standard output without a buffer: whoever reads it through a pipe sees each line when it is said.
enum Output {
    static func line(_ text: String) {
        write(text + "\n")
    }

    static func write(_ text: String) {
        FileHandle.standardOutput.write(Data(text.utf8))
    }
}
