import Foundation

/// A process of `storm` and the last that it said.
actor StormWorker {
    private let process: Process
    private let input: FileHandle
    private(set) var word = StormWord()
    private(set) var hasEnded = false

    /// Starts this program anew, with some of the sockets.
    init(_ plan: StormPlan) throws {
        let (process, input, output) = (Process(), Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = ["storm-sockets"]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        self.process = process
        self.input = input.fileHandleForWriting
        try self.input.write(contentsOf: JSONEncoder().encode(plan) + Data("\n".utf8))
        let (lines, continuation) = AsyncStream.makeStream(of: Data.self)
        output.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            if data.isEmpty {
                handle.readabilityHandler = nil
                continuation.finish()
            } else {
                continuation.yield(data)
            }
        }
        Task { await listen(to: lines) }
    }

    func end() {
        process.terminate()
    }

    private func listen(to parts: AsyncStream<Data>) async {
        var line = Data()
        for await part in parts {
            for byte in part {
                guard byte == UInt8(ascii: "\n") else {
                    line.append(byte)
                    continue
                }
                do {
                    word = try JSONDecoder().decode(StormWord.self, from: line)
                } catch {
                    FileHandle.standardError.write(line + Data("\n".utf8))
                }
                line.removeAll(keepingCapacity: true)
            }
        }
        hasEnded = true
    }
}
