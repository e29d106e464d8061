import ArgumentParser
import Foundation
import Glibc
import NIOCore
import NIOPosix
import RoostClient

struct StormSocketsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "storm-sockets", abstract: "Some of the sockets of `storm`, in a process of their own.",
        shouldDisplay: false)

    func run() async throws {
        guard let line = readLine(strippingNewline: true) else { throw BenchFailure("no plan on standard input") }
        let plan = try JSONDecoder().decode(StormPlan.self, from: Data(line.utf8))
        // The parent holds the other end of standard input, whose end is the end of this process.
        Thread.detachNewThread {
            while readLine() != nil {}
            Glibc.exit(0)
        }
        try OpenFiles.require(plan.devices.count)
        let first = try NodeAddress(plan.first)
        let next = try plan.next.map { try NodeAddress($0) }
        let spread = plan.spreadMilliseconds
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let crew = try await loop.submit {
            NIOLoopBound(StormCrew(eventLoop: loop, next: next, spreadMilliseconds: spread), eventLoop: loop)
        }.get()
        try await loop.submit { crew.value.startPings() }.get()
        for batch in plan.devices.chunks(of: 64) {
            let opening = try await loop.submit { batch.map { crew.value.add($0).connect(to: first) } }.get()
            for future in opening { try await future.get() }
            try await say(crew, on: loop)
        }
        while true {
            let word = try await say(crew, on: loop)
            if word.outcome != nil { break }
            try await Task.sleep(for: .milliseconds(100))
        }
        try await loop.submit { crew.value.close() }.get()
        try await Task.sleep(for: .milliseconds(200))
    }

    @discardableResult
    private func say(_ crew: NIOLoopBound<StormCrew>, on loop: any EventLoop) async throws -> StormWord {
        let word = try await loop.submit {
            var word = crew.value.word
            word.outcome = crew.value.outcome
            return word
        }.get()
        // Not with print and fflush: that waits for the lock of standard input, on which another thread waits for its end.
        try FileHandle.standardOutput.write(contentsOf: JSONEncoder().encode(word) + Data("\n".utf8))
        return word
    }
}
