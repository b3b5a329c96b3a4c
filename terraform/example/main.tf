# An existing trail's bucket in eu-west-1, alerts by e-mail.

provider "aws" {
  region = "eu-west-1"
}

module "regionsweep" {
  source = "../"

  release         = "../../release"
  artifact_bucket = "company-artifacts"
  trail           = "bucket"

  parameters = {
    TrailBucket = "company-trail"
    AlertEmail  = "security@example.com"
  }
}

output "topic_arn" {
  value = module.regionsweep.outputs["TopicArn"]
}
