import ArgumentParser
import Foundation
import NIOHTTP1
import RoostClient

/// The node an operator's command asks, and how it asks.
struct NodeOption: ParsableArguments {
    @Option(help: "The client address of any node. Operators' questions are answered on the node's own machine only.")
    var node = "http://127.0.0.1:7400"

    /// What a command to be typed ends with, so that it asks the same node.
    var suffix: String { node == "http://127.0.0.1:7400" ? "" : " --node \(node)" }

    func get<Answer: Decodable>(_ path: String, as: Answer.Type) async throws -> Answer {
        let resources = NodeResources(try NodeAddress(node))
        return try JSONDecoder().decode(Answer.self, from: Data(try await resources.get(path)))
    }
}

extension NodeResources {
    /// Posts a value as JSON; a status that is an error is thrown.
    func post(_ path: String, _ value: some Encodable) async throws -> [UInt8] {
        let answer = try await request(.POST, path, json: Array(try JSONEncoder().encode(value)))
        guard answer.isSuccess else { throw answer.refusal(of: "\(address)\(path)") }
        return answer.body
    }
}

/// Prints a value as JSON, its keys in order.
func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
}
