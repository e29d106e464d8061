import Foundation
import RoostSimulator
import Testing

/// Runs that once showed something, one a file in `Seeds`: they must not show it again.
@Suite("Kept seeds")
struct SeedTests {
    private static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Seeds")

    private static func files() -> [URL] {
        do {
            return try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
                .filter { $0.pathExtension == "seed" }
                .sorted { $0.lastPathComponent < $1.lastPathComponent }
        } catch {
            return []
        }
    }

    @Test("There are kept seeds")
    func presence() {
        #expect(!SeedTests.files().isEmpty)
    }

    @Test("A kept seed shows nothing any more", arguments: SeedTests.files())
    func replay(file: URL) throws {
        let kept = try #require(KeptSeed(try String(contentsOf: file, encoding: .utf8)))
        let report = try #require(kept.run(), "there is no scenario \(kept.scenario ?? "")")
        let scenario = kept.scenario.map { "--scenario \($0) " } ?? ""
        #expect(
            report.violations.isEmpty, "roost-sim \(scenario)--seed \(kept.seed) --options '\(kept.options)' --trace")
    }

    @Test("A kept seed is read back as it is written", arguments: 1...20)
    func text(seed: UInt64) {
        let kept = KeptSeed(seed: seed, options: SimulationOptions(seed: seed))
        #expect(KeptSeed(kept.description + "\n") == kept)
        let played = KeptSeed(seed: seed, scenario: "both-away", options: SimulationOptions(seed: seed))
        #expect(KeptSeed(played.description) == played)
        #expect(KeptSeed("nodes=3") == nil)
        #expect(KeptSeed("seed=x") == nil)
    }
}
