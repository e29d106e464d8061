import Testing

/// Rules of this code base that no compiler keeps.
@Suite struct HouseRuleTests {
    /// A file beyond this has more than one subject.
    static let linesMax = 600

    @Test(arguments: Rule.ofSources)
    func `sources keep the rule`(rule: Rule) throws {
        for file in Repository.sources { try expect(rule, in: file) }
    }

    @Test(arguments: Rule.ofPureCode)
    func `pure code keeps the rule`(rule: Rule) throws {
        for layer in Layering.layers where layer.level <= Layering.pureLevelMax {
            for file in Repository.sources where file.path.hasPrefix(layer.directory + "/") {
                try expect(rule, in: file)
            }
        }
    }

    private func expect(_ rule: Rule, in file: Repository.SwiftFile) throws {
        for line in try rule.offences(file.code) {
            Issue.record("\(file.path):\(line): \(rule.name): \(rule.reason)")
        }
    }

    @Test func `what is left to do is not left in the code`() {
        for file in Repository.sources {
            for (index, line) in file.text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
            where line.contains(/\b(TODO|FIXME|XXX|HACK)\b/) {
                Issue.record("\(file.path):\(index + 1): do it or open an issue")
            }
        }
    }

    @Test func `files are short`() {
        for file in Repository.sources + Repository.tests {
            let lines = file.code.lines.count
            #expect(lines <= HouseRuleTests.linesMax, "\(file.path) has \(lines) lines")
        }
    }

    @Test func `folders name things`() {
        let nameless: Set = ["utils", "util", "helpers", "helper", "common", "misc", "extensions", "new", "shared"]
        for path in Repository.directories(under: "Sources") + Repository.directories(under: "Tests") {
            let name = path.split(separator: "/").last.map { $0.lowercased() } ?? ""
            #expect(!nameless.contains(name), "\(path)")
        }
    }

    @Test func `tests see what users see`() throws {
        let rule = Rule("testable import", "a release build has none", #"@testable\b"#)
        for file in Repository.tests { try expect(rule, in: file) }
    }

    @Test func `the top level holds nothing else`() {
        // Package.resolved is SwiftPM's and not committed.
        let allowed: Set = [
            "Package.swift", "Package.resolved", "Sources", "Tests", "cluster", "bench", "README.md", "LICENSE",
        ]
        for entry in Repository.entries("") where !entry.hasPrefix(".") {
            #expect(allowed.contains(entry), "\(entry)")
        }
    }
}
