# Deploys a release's template by CloudFormation, which owns what is in it: updates and removal are those of the stack.

locals {
  function = "${var.release}/regionsweep-function.zip"
  template = "${var.release}/regionsweep-${var.trail}.template.json"
}

data "aws_s3_bucket" "artifacts" {
  bucket = var.artifact_bucket
}

# The key holds the hash, so that new code is a new parameter and CloudFormation updates the function.
resource "aws_s3_object" "function" {
  bucket = data.aws_s3_bucket.artifacts.id
  key    = "regionsweep/${filesha256(local.function)}.zip"
  source = local.function
}

resource "aws_s3_object" "template" {
  bucket       = data.aws_s3_bucket.artifacts.id
  key          = "regionsweep/${filesha256(local.template)}.template.json"
  source       = local.template
  content_type = "application/json"
}

resource "aws_cloudformation_stack" "regionsweep" {
  name         = var.name
  template_url = "https://${data.aws_s3_bucket.artifacts.bucket_regional_domain_name}/${aws_s3_object.template.key}"
  capabilities = ["CAPABILITY_IAM"]
  tags         = var.tags

  parameters = merge(var.parameters, {
    CodeBucket = data.aws_s3_bucket.artifacts.id
    CodeKey    = aws_s3_object.function.key
  })
}
